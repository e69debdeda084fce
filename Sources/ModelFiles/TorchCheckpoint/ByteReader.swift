import Foundation

/// Reads numbers and text from bytes, first to last, and never beyond their end.
struct ByteReader {
  private let data: Data
  private(set) var position: Int

  /// Nil where the position lies outside.
  init?(_ data: Data, at position: Int = 0) {
    guard position >= 0, position <= data.count else { return nil }
    self.data = data
    self.position = position
  }

  mutating func byte() throws -> UInt8 {
    guard position < data.count else { throw CheckpointFault.truncated }
    defer { position += 1 }
    return data[data.startIndex + position]
  }

  /// A whole number of so many bytes, least first, without a sign.
  mutating func integer(bytes: Int) throws -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<bytes { value |= UInt64(try byte()) << (8 * UInt64(index)) }
    return value
  }

  mutating func bytes(_ count: Int) throws -> Data {
    guard count >= 0, count <= data.count - position else { throw CheckpointFault.truncated }
    defer { position += count }
    let start = data.startIndex + position
    return data[start..<start + count]
  }

  mutating func text(_ count: Int) throws -> String {
    String(decoding: try bytes(count), as: UTF8.self)
  }

  /// The text up to the next newline, which is passed over.
  mutating func line() throws -> String {
    var characters: [UInt8] = []
    while case let next = try byte(), next != UInt8(ascii: "\n") { characters.append(next) }
    return String(decoding: characters, as: UTF8.self)
  }
}

/// Why a checkpoint cannot be read, without the name of its file.
enum CheckpointFault: Error, CustomStringConvertible, Equatable {
  case truncated
  case foreign(String)

  var description: String {
    switch self {
    case .truncated: "the file is cut short; copy it again"
    case .foreign(let what):
      "not a checkpoint of tensors (\(what)); save the network's state_dict() alone"
    }
  }
}
