import CVips
import Files
public import Foundation

extension Image {
  /// The most pixels that a file may promise unless the caller allows more: 268 million.
  public static let defaultPixelLimit = 1 << 28

  /// How the names of raw data of cameras end; many are TIFF files at first sight.
  package static let rawExtensions: Set = [
    "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mos", "mrw", "nef",
    "nrw",
    "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
  ]

  /// The bytes that a file, its decoder and its samples may take together, for each pixel of the limit.
  static let bytesPerPixel = 4
  /// The bytes that they may take beside, for profiles and previews.
  static let bytesBeside = 1 << 20

  /// Decodes a PNG, JPEG, TIFF, WebP or BMP file.
  ///
  /// Grey is repeated, transparency laid on black, CMYK converted, and the camera's orientation
  /// applied. ``notes`` tells of pages and channels that were left out. Only regular files are
  /// opened, and only the decoder of the format that the first bytes show sees them.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - maxPixels: The most pixels that the file may promise. All that decoding takes is bounded by four
  ///     bytes for each of them, and a million.
  ///   - reading: How numbers become colours.
  ///   - takesPipes: Whether a pipe is read to its end, and `-` is standard input.
  /// - Throws: ``ImageFileError`` that names the file; no pixel is decoded of a file whose header
  ///   promises more than is allowed.
  public init(
    contentsOf path: String, maxPixels: Int = defaultPixelLimit, reading: ImageReading = .init(),
    takesPipes: Bool = false
  ) throws {
    let bytes = try FileBytes.read(
      path, limit: Self.byteLimit(maxPixels), takesPipes: takesPipes)
    self = try bytes.withUnsafeBytes {
      try Self.decoded($0, name: path, maxPixels: maxPixels, reading: reading)
    }
  }

  /// Decodes what lies in memory, as ``init(contentsOf:maxPixels:reading:takesPipes:)`` does a file.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of a PNG, JPEG, TIFF, WebP or BMP file.
  ///   - name: What errors call it.
  ///   - maxPixels: The most pixels that it may promise.
  ///   - reading: How numbers become colours.
  /// - Throws: ``ImageFileError``.
  public init(
    bytes: Data, name: String, maxPixels: Int = defaultPixelLimit, reading: ImageReading = .init()
  ) throws {
    self = try bytes.withUnsafeBytes {
      try Self.decoded($0, name: name, maxPixels: maxPixels, reading: reading)
    }
  }

  /// The most bytes that are read of a file of so many pixels.
  package static func byteLimit(_ maxPixels: Int) -> Int {
    maxPixels > (Int.max - bytesBeside) / bytesPerPixel
      ? Int.max : maxPixels * bytesPerPixel + bytesBeside
  }

  /// Decodes; JPEG may come smaller, but each side at least `leastSide`, 0 for the whole.
  static func decoded(
    _ bytes: UnsafeRawBufferPointer, name: String, maxPixels: Int, reading: ImageReading,
    leastSide: Int32 = 0
  ) throws -> Image {
    guard !bytes.isEmpty else { throw ImageFileError.empty(name) }
    guard !rawExtensions.contains(SystemPath.ending(name)) else {
      throw ImageFileError.unsupported(name, "raw data of a camera")
    }
    let kind = cv_kind(bytes.baseAddress, bytes.count)
    guard kind != CVUnknown else { throw ImageFileError.foreign(name) }
    let limits = Limits(name: name, pixels: maxPixels, bytes: byteLimit(maxPixels))
    guard kind != CVBMP else { return Image(try BMP(bytes, limits).samples) }
    let range = reading.valueRange
    var wanted = CVReading(
      max_pixels: Int64(limits.pixels), max_bytes: Int64(limits.bytes), low: range?.lowerBound ?? 0,
      high: range?.upperBound ?? 0, least_side: leastSide,
      keeps_orientation: 0)
    var image = CVImage()
    let status = cv_decode(bytes.baseAddress, bytes.count, kind, &wanted, &image)
    try limits.check(status, image)
    return try Image(image, name: name, range: range)
  }

  /// Takes over what was decoded.
  init(_ image: CVImage, name: String, range: ClosedRange<Double>?) throws {
    let isDeep = image.kind != CVBytes
    let natural = 0...(image.kind == CVFloats ? 1 : Double(image.white))
    let used = isDeep ? range ?? natural : natural
    guard
      let samples = DecodedSamples(taking: image, low: used.lowerBound, high: used.upperBound)
    else { throw ImageFileError.damaged(name, "no pixels") }
    if isDeep { try Self.check(image, lieIn: used, name) }
    self.init(samples, notes: Self.notes(of: image), orientation: Int(image.orientation))
  }

  private static func check(
    _ image: CVImage, lieIn range: ClosedRange<Double>, _ name: String
  ) throws {
    guard image.has_non_finite == 0 else { throw ImageFileError.notFinite(name) }
    // The last digit of a float may lie beyond.
    let slack = image.kind == CVFloats ? 1e-5 * (range.upperBound - range.lowerBound) : 0
    guard image.lowest >= range.lowerBound - slack, image.highest <= range.upperBound + slack else {
      throw ImageFileError.outOfRange(name, lowest: image.lowest, highest: image.highest, range)
    }
  }

  static func notes(of image: CVImage) -> [String] {
    var notes: [String] = []
    if image.pages > 1 { notes.append("\(image.pages) images in it; the first is read") }
    if image.left_out > 0 {
      notes.append(
        "\(image.left_out) more channel\(image.left_out == 1 ? "" : "s") than colours; left out")
    }
    return notes
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
    let kind = asJPEG ? CVJPEG : CVPNG
    if case .decoded(let samples) = storage {
      let encoded = try samples.withRGBBytes {
        try Self.encode($0, height: height, width: width, bands: 3, kind)
      }
      if let encoded { return encoded }
    }
    let bytes = pixels.map(Self.byte)
    return try Self.encode(bytes, height: height, width: width, bands: 3, kind)
  }

  /// A colour as a byte; what is no number is black.
  static func byte(_ color: Float) -> UInt8 {
    UInt8((min(max(color.isNaN ? 0 : color, 0), 1) * 255).rounded())
  }

  static func encode(
    _ bytes: UnsafePointer<UInt8>, height: Int, width: Int, bands: Int, _ kind: CVFileKind
  ) throws -> Data {
    var encoded: UnsafeMutableRawPointer?
    var count = 0
    let status = cv_encode(
      bytes, Int32(clamping: height), Int32(clamping: width), Int32(clamping: bands), kind,
      &encoded, &count)
    guard status == CVDone, let encoded else {
      throw ImageFileError.damaged("image", String(cString: cv_error()))
    }
    defer { cv_free(encoded) }
    return Data(bytes: encoded, count: count)
  }
}

/// What a decoder may use.
struct Limits {
  let name: String
  let pixels: Int
  let bytes: Int

  /// Throws what a decoder reports.
  func check(_ status: CVStatus, _ image: CVImage) throws {
    let reason = { String(cString: cv_error()) }
    switch status {
    case CVDone: return
    case CVTooLarge:
      throw ImageFileError.tooLarge(name, pixels: Int(image.pixels), limit: pixels)
    case CVTooMuchMemory:
      throw ImageFileError.tooMuchMemory(name, bytes: Int(image.bytes), limit: bytes)
    case CVNeedsRange: throw ImageFileError.needsRange(name, reason())
    case CVForeign: throw ImageFileError.unsupported(name, reason())
    default: throw ImageFileError.damaged(name, reason())
    }
  }
}
