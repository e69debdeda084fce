package import Foundation

/// The regular files of a tar archive in memory: of the old format, ustar, pax or GNU.
package struct TarArchive {
  private var files: [String: Data] = [:]

  private static let block = 512

  /// Reads all headers.
  ///
  /// - Throws: ``FormatFault`` where the archive is cut short or no archive, or where two files have
  ///   the same name.
  package init(_ data: Data, limits: Limits = .standard) throws {
    var reader = ByteReader(data)
    var extended = Extended()
    var count = 0
    while let first = reader.next, first != 0 {
      count += 1
      guard count <= limits.entries else {
        throw FormatFault.tooMuch("an archive of more than \(limits.entries) files")
      }
      let header = try TarHeader(reader.bytes(Self.block))
      let size = header.kind == .file ? extended.size ?? header.size : header.contentsSize
      let padding = try size.roundedUp(to: Self.block) - size
      let contents = try reader.bytes(size)
      // The last block may lack its padding.
      try reader.skip(min(padding, reader.remaining))
      if try extended.take(header, contents, limits) { continue }
      if header.kind == .file {
        let name = extended.name ?? header.name
        guard files.updateValue(contents, forKey: name) == nil else {
          throw FormatFault.malformed("the archive holds '\(name)' twice")
        }
      }
      extended = Extended()
    }
    guard !files.isEmpty else { throw FormatFault.malformed("not a tar archive of files") }
  }

  /// The bytes of the file of this name, in whatever folder.
  ///
  /// - Throws: ``FormatFault`` where there are several.
  package func file(named name: String) throws -> Data? {
    let found = files.filter { $0.key == name || $0.key.hasSuffix("/\(name)") }
    guard found.count <= 1 else {
      throw FormatFault.malformed("the archive holds '\(name)' in several folders")
    }
    return found.first?.value
  }

  /// The names of all files.
  package var names: [String] { Array(files.keys) }
}

/// What a header in front of another one says of it: a longer name, a larger size.
private struct Extended {
  var name: String?
  var size: Int?

  /// Takes in the contents of a header that describes the next one; false for any other.
  mutating func take(_ header: TarHeader, _ contents: Data, _ limits: Limits) throws -> Bool {
    guard header.kind.isDescription else { return false }
    guard contents.count <= limits.descriptionBytes else {
      throw FormatFault.tooMuch("a name of \(contents.count) bytes")
    }
    switch header.kind {
    case .longName: name = try String(utf8: contents.prefix { $0 != 0 })
    case .next: try readRecords(contents)
    default: break
    }
    return true
  }

  /// Records of pax: `<length> <key>=<value>\n`.
  private mutating func readRecords(_ contents: Data) throws {
    var rest = contents
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")), space - rest.startIndex <= 10,
        let length = Int(digits: rest[rest.startIndex..<space], radix: 10),
        length > space - rest.startIndex + 1, length <= rest.count
      else { throw FormatFault.malformed("not a tar archive, or a damaged one") }
      let record = rest[space + 1..<rest.startIndex + length]
      rest = rest.dropFirst(length)
      guard record.last == UInt8(ascii: "\n"),
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { throw FormatFault.malformed("not a tar archive, or a damaged one") }
      let value = record[record.index(after: equals)...].dropLast()
      switch try String(utf8: record[..<equals]) {
      case "path": name = try String(utf8: value)
      case "size":
        guard let number = Int(digits: value, radix: 10) else {
          throw FormatFault.malformed("not a tar archive, or a damaged one")
        }
        size = number
      case let key where key.hasPrefix("GNU.sparse"):
        throw FormatFault.unsuitable(
          "the archive holds sparse files", instead: "pack them again without --sparse")
      default: break
      }
    }
  }
}

/// One block that says what follows it.
private struct TarHeader {
  enum Kind {
    case file, longName, longLink, next, all, other

    /// Whether it says something of the header after it.
    var isDescription: Bool { [.longName, .longLink, .next, .all].contains(self) }
  }

  let name: String
  let size: Int
  let kind: Kind

  /// Links, folders and devices have no contents, whatever size they name.
  var contentsSize: Int { kind == .other ? 0 : size }

  init(_ block: Data) throws {
    let header = [UInt8](block)
    let checksum = header.indices.reduce(0) {
      $0 + ((148..<156).contains($1) ? 32 : Int(header[$1]))
    }
    // The sum of the bytes of the header, its own field taken as spaces.
    guard try Self.number(header[148..<156]) == checksum else {
      throw FormatFault.malformed("not a tar archive, or a damaged one")
    }
    size = try Self.number(header[124..<136])
    kind = try Self.kind(header[156])
    let name = try Self.text(header[0..<100])
    let isUstar = header[257..<263].elementsEqual("ustar\0".utf8)
    let folder = isUstar ? try Self.text(header[345..<500]) : ""
    self.name = folder.isEmpty ? name : "\(folder)/\(name)"
  }

  private static func kind(_ flag: UInt8) throws -> Kind {
    switch Character(UnicodeScalar(flag)) {
    case "0", "\0", "7": .file
    case "L": .longName
    case "K": .longLink
    case "x": .next
    case "g": .all
    case "1"..."6": .other
    default:
      throw FormatFault.unsuitable(
        "the archive holds something that is neither file nor folder (\(flag))",
        instead: "pack the plain files again")
    }
  }

  private static func text(_ field: ArraySlice<UInt8>) throws -> String {
    try String(utf8: field.prefix { $0 != 0 })
  }

  /// A number in octal digits; in GNU's archives, of a large one, its bytes after a first one of 128.
  private static func number(_ field: ArraySlice<UInt8>) throws -> Int {
    if let first = field.first, first & 0x80 != 0 {
      // Negative ones fill the field, and so do not fit.
      var value = Int(first & 0x7F)
      for byte in field.dropFirst() { value = try value.times(256).adding(Int(byte)) }
      return value
    }
    let spaces: Set<UInt8> = [0, UInt8(ascii: " ")]
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { !spaces.contains($0) }
    if digits.isEmpty { return 0 }
    guard let value = Int(digits: digits, radix: 8) else {
      throw FormatFault.malformed("not a tar archive, or a damaged one")
    }
    return value
  }
}

extension Int {
  /// Digits alone: no sign, no space; nil for anything else, and for what does not fit.
  fileprivate init?(digits: some Collection<UInt8>, radix: Int) {
    let zero = UInt8(ascii: "0")
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= zero && Int($0 - zero) < radix }) else {
      return nil
    }
    self.init(String(decoding: digits, as: UTF8.self), radix: radix)
  }
}
