import CZlib
import Files
import Foundation

/// What this program wrote an image as; it stands inside of the file.
///
/// An image that carries no origin is somebody's own, and is not replaced.
public enum Origin: String, Sendable, CaseIterable {
  /// A map over an inspected image.
  case heatMap = "heat map"
  /// The scores of an inspected image, as numbers.
  case scores = "scores"
  /// An image or a mask of `students sample-data`.
  case sampleData = "sample data"
  /// A sheet of a report.
  case report = "report"

  private static let program = "Uninformed Students: "
  var words: String { Self.program + rawValue }
  private var text: [UInt8] { Array(words.utf8) }

  /// The origin of a file; nil for others' files, and where there is none.
  public init?(ofFile path: String) {
    // It stands before the pixels, in a TIFF file behind them.
    let file = withSystemPath(path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    var ends = Self.part(of: file, from: 0)
    ends += Self.part(of: file, from: max(0, lseek(file, 0, SEEK_END) - Self.partSize))
    let found = Self.allCases.first { Data(ends).range(of: Data($0.text)) != nil }
    guard let found else { return nil }
    self = found
  }

  private static let partSize = 512

  private static func part(of file: Int32, from start: Int) -> [UInt8] {
    var part = [UInt8](repeating: 0, count: partSize)
    let count = pread(file, &part, part.count, off_t(start))
    return Array(part[..<max(0, count)])
  }

  /// A PNG or JPEG file that carries this origin.
  func marked(_ image: Data) -> Data {
    image.starts(with: [0xFF, 0xD8]) ? markedJPEG(image) : markedPNG(image)
  }

  /// As a chunk of text behind the header, which is always 33 bytes long with the signature.
  private func markedPNG(_ image: Data) -> Data {
    let body = Array("tEXtSoftware\0".utf8) + text
    let checksum = UInt32(truncatingIfNeeded: crc32(0, body, UInt32(body.count)))
    var marked = Data(image.prefix(33))
    marked.append(contentsOf: Self.bigEndian(UInt32(body.count - 4)) + body)
    marked.append(contentsOf: Self.bigEndian(checksum))
    marked.append(image.dropFirst(33))
    return marked
  }

  /// As a comment behind the first segment, which says that it is a JPEG of the usual kind.
  private func markedJPEG(_ image: Data) -> Data {
    let bytes = Array(image.prefix(6))
    let isUsual = bytes.count == 6 && bytes[2] == 0xFF && bytes[3] == 0xE0
    let end = isUsual ? 4 + Int(bytes[4]) << 8 + Int(bytes[5]) : 2
    let length = text.count + 2
    var marked = Data(image.prefix(end))
    marked.append(contentsOf: [0xFF, 0xFE, UInt8(length >> 8), UInt8(length & 255)] + text)
    marked.append(image.dropFirst(end))
    return marked
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}

extension Image {
  /// Writes a PNG, or for names that end in `.jpg` a JPEG, that says what it is.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - origin: What it is.
  /// - Throws: ``OriginError`` where another file is there; `FileError` where it cannot be written.
  public func write(to path: String, as origin: Origin) throws {
    try origin.checkReplaceable(path)
    let data = try encoded(asJPEG: ["jpg", "jpeg"].contains(SystemPath.ending(path)))
    try AtomicFile.write(origin.marked(data), to: path)
  }
}

extension Origin {
  /// Checks that a file is of this origin, or not there at all.
  ///
  /// - Throws: ``OriginError`` that names the file.
  public func checkReplaceable(_ path: String) throws {
    guard try !fileExists(path) || Origin(ofFile: path) == self else {
      throw OriginError(path: path, origin: self)
    }
  }
}

/// A file stands in the way that this program did not write.
public struct OriginError: Error, CustomStringConvertible, Equatable {
  /// The file.
  public let path: String
  /// What was to be written.
  public let origin: Origin

  /// One line for the user.
  public var description: String {
    let kind =
      [.sampleData, .scores].contains(origin) ? origin.rawValue : "a \(origin.rawValue)"
    return "\(path): not \(kind) of this program, so it is not replaced; choose another folder"
  }
}
