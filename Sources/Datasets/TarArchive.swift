import Foundation

/// The regular files of a tar archive in memory.
struct TarArchive {
  private var files: [String: Data] = [:]

  private static let block = 512

  /// Reads all headers; throws ``DatasetError`` where the archive is cut short or no archive.
  init(_ data: Data, path: String) throws {
    var start = 0
    while start + Self.block <= data.count, data[start] != 0 {
      let header = data[start..<start + Self.block]
      guard Self.isIntact(header), let size = Self.octal(header, 124, 12) else {
        throw DatasetError.malformed(path, "no tar archive, or a damaged one")
      }
      start += Self.block
      guard size <= data.count - start else {
        throw DatasetError.malformed(path, "the archive is cut short")
      }
      let isFile = header[header.startIndex + 156] == UInt8(ascii: "0")
      if isFile { files[Self.text(header, 0, 100)] = data[start..<start + size] }
      start += (size + Self.block - 1) / Self.block * Self.block
    }
    guard !files.isEmpty else { throw DatasetError.malformed(path, "no tar archive of files") }
  }

  /// The bytes of the file of this name, in whatever folder.
  func file(named name: String) -> Data? {
    files.first { $0.key == name || $0.key.hasSuffix("/\(name)") }?.value
  }

  /// The header's checksum: the sum of its bytes, its own field taken as spaces.
  private static func isIntact(_ header: Data) -> Bool {
    let sum = header.enumerated().reduce(0) { sum, byte in
      sum + ((148..<156).contains(byte.offset) ? 32 : Int(byte.element))
    }
    return octal(header, 148, 8) == sum
  }

  private static func text(_ header: Data, _ offset: Int, _ length: Int) -> String {
    let field = header.dropFirst(offset).prefix(length)
    return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func octal(_ header: Data, _ offset: Int, _ length: Int) -> Int? {
    Int(text(header, offset, length).trimmingCharacters(in: .whitespaces), radix: 8)
  }
}
