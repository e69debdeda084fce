package import Foundation

/// Reads numbers and text from bytes, first to last, and never beyond their end.
///
/// The one reader of all formats.
package struct ByteReader {
  /// In which order the bytes of a number lie.
  package enum Order { case leastFirst, mostFirst }

  private let data: Data
  /// How many bytes were read.
  package private(set) var position = 0

  /// A reader at the first byte.
  package init(_ data: Data) {
    self.data = data
  }

  /// How many bytes follow.
  package var remaining: Int { data.count - position }

  /// The next byte, which stays; nil at the end.
  package var next: UInt8? { remaining > 0 ? data[data.startIndex + position] : nil }

  package mutating func byte() throws -> UInt8 {
    guard let next else { throw FormatFault.truncated }
    position += 1
    return next
  }

  /// A whole number of up to eight bytes, without a sign.
  package mutating func number(bytes: Int, _ order: Order = .leastFirst) throws -> UInt64 {
    precondition((0...8).contains(bytes), "a number of \(bytes) bytes")
    var value: UInt64 = 0
    for index in 0..<bytes {
      let byte = UInt64(try byte())
      switch order {
      case .leastFirst: value |= byte << (8 * UInt64(index))
      case .mostFirst: value = value << 8 | byte
      }
    }
    return value
  }

  /// The same as a size or a place in a file.
  package mutating func integer(bytes: Int, _ order: Order = .leastFirst) throws -> Int {
    try Int(ofFile: number(bytes: bytes, order))
  }

  /// The next bytes, which are not copied.
  package mutating func bytes(_ count: Int) throws -> Data {
    guard count >= 0, count <= remaining else { throw FormatFault.truncated }
    defer { position += count }
    let start = data.startIndex + position
    return data[start..<start + count]
  }

  package mutating func skip(_ count: Int) throws {
    _ = try bytes(count)
  }

  /// Text of so many bytes.
  ///
  /// - Throws: ``FormatFault`` where it is no UTF-8.
  package mutating func text(_ count: Int) throws -> String {
    try String(utf8: bytes(count))
  }

  /// The text up to the next newline, which is passed over.
  package mutating func line(limit: Int) throws -> String {
    var characters: [UInt8] = []
    while case let next = try byte(), next != UInt8(ascii: "\n") {
      guard characters.count < limit else { throw FormatFault.tooMuch("a name of \(limit) bytes") }
      characters.append(next)
    }
    return try String(utf8: characters)
  }
}

extension String {
  /// Text of a file.
  ///
  /// - Throws: ``FormatFault`` where it is no UTF-8.
  init(utf8 bytes: some Sequence<UInt8>) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatFault.malformed("it holds text that is not UTF-8")
    }
    self = text
  }
}
