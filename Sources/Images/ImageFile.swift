import CVips
import Files
public import Foundation

extension Image {
  /// The most pixels that a file may promise unless the caller allows more: 268 million.
  public static let defaultPixelLimit = 1 << 28

  /// Decodes a PNG, JPEG, TIFF, WebP or BMP file.
  ///
  /// Grey is repeated, transparency laid on black, CMYK converted, 16 bits are kept to float
  /// precision, and the camera's orientation is applied.
  ///
  /// - Throws: ``ImageFileError`` that names the file; no pixel is decoded of a file whose header
  ///   promises more than `maxPixels`.
  public init(contentsOf path: String, maxPixels: Int = defaultPixelLimit) throws {
    var decoded = CVPixels()
    let status = withSystemPath(path) { cv_read($0, Int64(maxPixels), &decoded) }
    try Self.check(status, path, promised: decoded.promised, limit: maxPixels)
    defer { cv_free(&decoded) }
    let count = Int(decoded.width) * Int(decoded.height) * 3
    let scale = decoded.bits == 16 ? Float(1) / 65535 : Float(1) / 255
    let bytes = UnsafeRawBufferPointer(start: decoded.bytes, count: count * Int(decoded.bits) / 8)
    let pixels =
      decoded.bits == 16
      ? bytes.bindMemory(to: UInt16.self).map { Float($0) * scale }
      : bytes.map { Float($0) * scale }
    self.init(height: Int(decoded.height), width: Int(decoded.width), pixels: pixels)
  }

  static func check(
    _ status: CVStatus, _ path: String, promised: Int64, limit: Int
  ) throws {
    switch status {
    case CVDone: return
    case CVTooLarge: throw ImageFileError.tooLarge(path, pixels: Int(promised), limit: limit)
    case CVUnknown: throw unreadable(path)
    default: throw ImageFileError.damaged(path, String(cString: cv_error()))
    }
  }

  private static func unreadable(_ path: String) -> ImageFileError {
    guard let status = FileStatus(path) else { return .missing(path) }
    guard status.kind == .file, withSystemPath(path, { access($0, R_OK) }) == 0 else {
      return .unreadable(path)
    }
    return .foreign(path)
  }

  /// Writes a PNG (or, for names that end in `.jpg` or `.jpeg`, a JPEG), whole or not at all.
  ///
  /// - Throws: ``FileError`` that names the file.
  public func write(to path: String) throws {
    try AtomicFile.write(
      encoded(asJPEG: path.hasSuffix(".jpg") || path.hasSuffix(".jpeg")), to: path)
  }

  /// The bytes of a PNG or JPEG file.
  public func encoded(asJPEG: Bool = false) throws -> Data {
    let bytes = pixels.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
    return try Self.encode(bytes, height: height, width: width, bands: 3, asJPEG ? CVJPEG : CVPNG)
  }

  static func encode(
    _ bytes: [UInt8], height: Int, width: Int, bands: Int, _ format: CVFormat
  ) throws -> Data {
    var encoded: UnsafeMutableRawPointer?
    var count = 0
    let status = cv_encode(
      bytes, Int32(height), Int32(width), Int32(bands), format, &encoded, &count)
    guard status == CVDone, let encoded else {
      throw ImageFileError.damaged("picture", String(cString: cv_error()))
    }
    defer { cv_free_bytes(encoded) }
    return Data(bytes: encoded, count: count)
  }
}

/// Why a picture cannot be read.
public enum ImageFileError: Error, CustomStringConvertible, Equatable {
  /// There is no such file.
  case missing(String)
  /// The file is a folder, or may not be read.
  case unreadable(String)
  /// The file is of none of the formats that are read.
  case foreign(String)
  /// The file is cut short or broken; with the decoder's words.
  case damaged(String, String)
  /// The header promises more pixels than are allowed.
  case tooLarge(String, pixels: Int, limit: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such file"
    case .unreadable(let path): "\(path): cannot be read; check that it is a file and its rights"
    case .foreign(let path): "\(path): not a PNG, JPEG, TIFF, WebP or BMP picture"
    case .damaged(let path, let reason): "\(path): the picture is damaged (\(reason)); replace it"
    case .tooLarge(let path, let pixels, let limit):
      "\(path): \(pixels) pixels, more than the limit of \(limit); pass --max-pixels to raise it"
    }
  }
}
