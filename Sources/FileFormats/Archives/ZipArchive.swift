import CZlib
package import Foundation

/// The files in a zip archive that are stored as they are, as PyTorch stores them.
///
/// What the archive says twice must agree, no two files may share bytes, and the checksum of each
/// is compared when it is read.
package struct ZipArchive {
  private struct Entry {
    let name: String
    let header: Int
    let size: Int
    let checksum: UInt64
    let isStreamed: Bool
  }

  private let source: ByteSource
  /// Where the bytes of each file lie.
  private var files: [String: (start: Int, entry: Entry)] = [:]

  /// Reads the directory at the archive's end, and the header before each file.
  ///
  /// - Throws: ``FormatFault``.
  package init(_ source: ByteSource, limits: Limits = .standard) throws {
    self.source = source
    let directory = try Self.directory(of: source)
    guard directory.count <= limits.entries, directory.size <= limits.descriptionBytes else {
      throw FormatFault.tooMuch("an archive of \(directory.count) files")
    }
    var reader = try ByteReader(source.bytes(at: directory.start, count: directory.size))
    var places: [Range<Int>] = []
    for _ in 0..<directory.count {
      let entry = try Self.entry(&reader)
      let start = try Self.start(of: entry, in: source)
      let end = try start.adding(entry.size)
      guard end <= directory.start else { throw FormatFault.truncated }
      places.append(entry.header..<end)
      guard files.updateValue((start, entry), forKey: entry.name) == nil else {
        throw FormatFault.malformed("the archive holds '\(entry.name)' twice")
      }
    }
    guard reader.remaining == 0 else { throw Self.damaged }
    places.sort { $0.lowerBound < $1.lowerBound }
    for (place, next) in zip(places, places.dropFirst()) where place.upperBound > next.lowerBound {
      throw FormatFault.malformed("files of the archive overlap")
    }
  }

  /// The names of all files.
  package var names: [String] { files.keys.sorted() }

  /// The bytes of a file, whose checksum is right.
  ///
  /// - Throws: ``FormatFault``.
  package func file(_ name: String) throws -> Data {
    guard let (start, entry) = files[name] else {
      throw FormatFault.malformed("the archive has no '\(name)'")
    }
    let data = try source.bytes(at: start, count: entry.size)
    let checksum = data.withUnsafeBytes {
      crc32_z(crc32(0, nil, 0), $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
    }
    guard UInt64(checksum) == entry.checksum else {
      throw FormatFault.malformed("'\(name)' in the archive is damaged")
    }
    return data
  }

  private static let damaged = FormatFault.malformed("no zip archive, or a damaged one")

  /// Bytes of the record at the end, without a comment.
  private static let endSize = 22

  /// Where the directory lies: the end record says it, the last thing but for a comment.
  private static func directory(
    of source: ByteSource
  ) throws -> (start: Int, size: Int, count: Int) {
    let most = min(source.count, endSize + Int(UInt16.max))
    let tail = try source.bytes(at: source.count - most, count: most)
    let signature = Data("PK\u{5}\u{6}".utf8)
    guard let found = tail.range(of: signature, options: .backwards) else {
      throw FormatFault.truncated
    }
    var end = ByteReader(tail[found.lowerBound...])
    let place = source.count - end.remaining
    try end.skip(4)
    let (disk, firstDisk) = try (end.integer(bytes: 2), end.integer(bytes: 2))
    let (count, ofAll) = try (end.integer(bytes: 2), end.integer(bytes: 2))
    let (size, start) = try (end.integer(bytes: 4), end.integer(bytes: 4))
    try end.skip(end.integer(bytes: 2))
    guard count < UInt16.max, start < UInt32.max else {
      throw FormatFault.unsuitable(
        "a zip archive of more than 4 GB or 65,534 files", instead: "save less in one file")
    }
    guard disk == 0, firstDisk == 0, count == ofAll, end.remaining == 0,
      try start.adding(size) <= place
    else { throw damaged }
    return (start, size, count)
  }

  private static func entry(_ directory: inout ByteReader) throws -> Entry {
    guard try directory.number(bytes: 4) == 0x0201_4B50 else { throw damaged }
    try directory.skip(4)
    let flags = try directory.number(bytes: 2)
    let method = try directory.number(bytes: 2)
    try directory.skip(4)
    let checksum = try directory.number(bytes: 4)
    let (packed, size) = try (directory.integer(bytes: 4), directory.integer(bytes: 4))
    let nameLength = try directory.integer(bytes: 2)
    let (extra, comment) = try (directory.integer(bytes: 2), directory.integer(bytes: 2))
    try directory.skip(8)
    let header = try directory.integer(bytes: 4)
    let name = try directory.text(nameLength)
    try directory.skip(extra + comment)
    guard method == 0, flags & 1 == 0 else {
      throw FormatFault.unsuitable(
        "a zip archive that is compressed or locked", instead: "save it as PyTorch does")
    }
    guard packed == size else { throw damaged }
    return Entry(
      name: name, header: header, size: size, checksum: checksum, isStreamed: flags & 8 != 0)
  }

  /// Where the bytes of a file begin, behind a header that says the same as the directory.
  private static func start(of entry: Entry, in source: ByteSource) throws -> Int {
    let fixed = 30
    var header = try ByteReader(source.bytes(at: entry.header, count: fixed))
    guard try header.number(bytes: 4) == 0x0403_4B50 else { throw damaged }
    try header.skip(4)
    let method = try header.number(bytes: 2)
    try header.skip(4)
    let checksum = try header.number(bytes: 4)
    let (packed, size) = try (header.integer(bytes: 4), header.integer(bytes: 4))
    let (nameLength, extra) = try (header.integer(bytes: 2), header.integer(bytes: 2))
    let name = try source.bytes(at: entry.header + fixed, count: nameLength)
    // What is written in one go says its size and checksum only afterwards.
    let agrees =
      entry.isStreamed
      || (packed == entry.size && size == entry.size && checksum == entry.checksum)
    guard method == 0, agrees, name.elementsEqual(entry.name.utf8) else { throw damaged }
    return entry.header + fixed + nameLength + extra
  }
}
