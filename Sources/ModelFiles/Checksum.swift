import CZlib
package import Tensors

/// A checksum against accidents: the CRC-32 of zlib.
package struct Checksum {
  private var value = crc32(0, nil, 0)

  /// Nothing added yet.
  package init() {}

  package mutating func add(_ bytes: [UInt8]) {
    // Its length in front, so that moving a byte from one part to the next is seen.
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { length in
      value = crc32_z(value, length.baseAddress?.assumingMemoryBound(to: UInt8.self), 8)
    }
    bytes.withUnsafeBufferPointer { value = crc32_z(value, $0.baseAddress, $0.count) }
  }

  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// Names, shapes, types and numbers, in the order of the names.
  package mutating func add(_ tensors: [String: Tensor]) throws {
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      add("\(name)\(tensor.shape)\(tensor.type)")
      add(try tensor.bytes())
    }
  }

  /// Eight hexadecimal digits.
  package var digits: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  var text: String { "crc32:\(digits)" }
}
