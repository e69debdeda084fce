import Foundation

/// A message of Protocol Buffers, written field by field.
///
/// Enough of the wire format for ONNX: numbers, texts, bytes and messages in messages.
struct ProtobufMessage {
  private(set) var bytes = Data()

  /// A message of what `build` adds.
  init(_ build: (inout ProtobufMessage) -> Void = { _ in }) { build(&self) }

  /// A whole number or an enumeration's value.
  mutating func add(_ field: Int, _ value: Int) {
    addVarint(UInt64(field) << 3)
    addVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Whole numbers, each as a field of its own.
  mutating func add(_ field: Int, _ values: [Int]) {
    for value in values { add(field, value) }
  }

  /// A 32-bit number.
  mutating func add(_ field: Int, _ value: Float) {
    addVarint(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Bytes.
  mutating func add(_ field: Int, _ value: Data) {
    addVarint(UInt64(field) << 3 | 2)
    addVarint(UInt64(value.count))
    bytes.append(value)
  }

  /// A text.
  mutating func add(_ field: Int, _ value: String) { add(field, Data(value.utf8)) }

  /// A message.
  mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

  /// Seven bits a byte, the lowest first; all but the last byte have the highest bit set.
  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
