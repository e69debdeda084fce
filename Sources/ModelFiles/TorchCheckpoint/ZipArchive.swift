import Foundation

/// The files in a zip archive that are stored as they are, as PyTorch stores them.
struct ZipArchive {
  private let data: Data
  /// Where each file's local header lies, and how long the file is.
  private var entries: [String: (header: Int, size: Int)] = [:]

  /// Reads the directory at the archive's end.
  init(_ data: Data) throws {
    self.data = data
    guard var end = try Self.end(of: data) else { throw CheckpointFault.truncated }
    _ = try end.bytes(6)
    let count = Int(try end.integer(bytes: 2))
    _ = try end.bytes(4)
    let offset = Int(try end.integer(bytes: 4))
    guard var directory = ByteReader(data, at: offset) else { throw CheckpointFault.truncated }
    for _ in 0..<count { try readEntry(&directory) }
  }

  var names: [String] { Array(entries.keys) }

  /// The end record, after its signature: it is the last thing but for a comment.
  private static func end(of data: Data) throws -> ByteReader? {
    let signature = Data("PK\u{5}\u{6}".utf8)
    guard let found = data.range(of: signature, options: .backwards) else { return nil }
    return ByteReader(data, at: found.upperBound - data.startIndex)
  }

  private mutating func readEntry(_ directory: inout ByteReader) throws {
    guard try directory.integer(bytes: 4) == 0x0201_4B50 else { throw CheckpointFault.truncated }
    _ = try directory.bytes(6)
    let method = try directory.integer(bytes: 2)
    _ = try directory.bytes(12)
    let size = Int(try directory.integer(bytes: 4))
    let nameLength = Int(try directory.integer(bytes: 2))
    let extraLength = Int(try directory.integer(bytes: 2))
    let commentLength = Int(try directory.integer(bytes: 2))
    _ = try directory.bytes(8)
    let header = Int(try directory.integer(bytes: 4))
    let name = try directory.text(nameLength)
    _ = try directory.bytes(extraLength + commentLength)
    guard method == 0 else { throw CheckpointFault.foreign("it is compressed") }
    entries[name] = (header, size)
  }

  /// The bytes of a file.
  func file(_ name: String) throws -> Data {
    guard let entry = entries[name], var reader = ByteReader(data, at: entry.header) else {
      throw CheckpointFault.foreign("it has no '\(name)'")
    }
    guard try reader.integer(bytes: 4) == 0x0403_4B50 else { throw CheckpointFault.truncated }
    _ = try reader.bytes(22)
    let nameLength = Int(try reader.integer(bytes: 2))
    let extraLength = Int(try reader.integer(bytes: 2))
    _ = try reader.bytes(nameLength + extraLength)
    return try reader.bytes(entry.size)
  }
}
