import CVips
import Files

extension Mask {
  /// Decodes a mask, whatever values it has.
  ///
  /// 0 and black are background, and every other value marks: 1 and 255, numbers of classes, numbers
  /// of a palette, colours, 8 bits or 16. Where nothing is 0, the most frequent value is background;
  /// a mask of one value other than 0 marks everything. Each value is a kind of defect of its own, but for
  /// soft edges: where a value only surrounds a higher one, it belongs to that.
  ///
  /// Of JPEG and lossy WebP, and where more than 64 values or those just beside black and white show
  /// that a mask was blurred or compressed, pixels of at least half the highest value mark, all one kind.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - maxPixels: The most pixels that it may promise.
  /// - Throws: ``ImageFileError`` that names the file.
  public init(contentsOf path: String, maxPixels: Int = Image.defaultPixelLimit) throws {
    let file = try MaskFile(path, maxPixels: maxPixels)
    self = file.stored.turned(file.orientation)
    notes = file.notes
  }

  /// Decodes the mask of an image: it lies as the image does, whose size it need not have.
  ///
  /// An image whose file says how it is to be turned is turned; a mask that was drawn on the pixels as
  /// they are stored, which its sides tell, is turned with it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - image: The image, as it was decoded.
  ///   - maxPixels: The most pixels that it may promise.
  /// - Throws: ``ImageFileError``, or ``MaskError`` where it does not fit; both name the file.
  public init(
    contentsOf path: String, of image: Image, maxPixels: Int = Image.defaultPixelLimit
  ) throws {
    let file = try MaskFile(path, maxPixels: maxPixels)
    let upright = file.stored.turned(file.orientation)
    let turned = file.stored.turned(image.orientation)
    let hasAspect = { (mask: Mask) in
      Image.haveOneAspect(image.height, image.width, as: mask.height, mask.width)
    }
    let (isUpright, isStored) = (hasAspect(upright), hasAspect(turned))
    guard isUpright || (isStored && file.orientation == 1) else {
      throw MaskError.otherAspect(
        path, height: upright.height, width: upright.width, imageHeight: image.height,
        imageWidth: image.width)
    }
    // A mask that says itself how it lies leaves no doubt; nor does one that reads alike both ways.
    guard isUpright != isStored || file.orientation != 1 || upright == turned else {
      throw MaskError.unknownTurn(path, orientation: image.orientation)
    }
    self = isUpright ? upright : turned
    notes = file.notes
  }
}

extension Image {
  /// Whether an image of some height and width has the aspect of others.
  ///
  /// A side is at most one pixel, or one in a hundred, from where the other one puts it.
  package static func haveOneAspect(
    _ height: Int, _ width: Int, as otherHeight: Int, _ otherWidth: Int
  ) -> Bool {
    let expected = Double(otherWidth) * Double(height) / Double(width)
    let slack = max(
      0.01 * expected, Double(max(1, otherHeight)) / Double(max(1, min(otherHeight, height))))
    return abs(Double(otherHeight) - expected) <= slack
  }
}

/// Why a mask is not of its image.
public enum MaskError: Error, CustomStringConvertible, Equatable {
  /// The sides of the mask and of the image are in another ratio.
  case otherAspect(String, height: Int, width: Int, imageHeight: Int, imageWidth: Int)
  /// The image is turned, and nothing tells whether the mask is to be.
  case unknownTurn(String, orientation: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .otherAspect(let path, let height, let width, let imageHeight, let imageWidth):
      "\(path): \(width) × \(height) pixels, but its image has another aspect ratio "
        + "(\(imageWidth) × \(imageHeight)); draw the mask on the image"
    case .unknownTurn(let path, let orientation):
      "\(path): its image is rotated by its EXIF orientation (\(orientation)), and the mask does not say "
        + "whether it is too; save the image upright, or give the mask an orientation too"
    }
  }
}

/// A decoded mask, its pixels as they are stored.
private struct MaskFile {
  let stored: Mask
  /// How it is to be turned, 1 to 8, as in EXIF.
  let orientation: Int
  let notes: [String]

  init(_ path: String, maxPixels: Int) throws {
    let limit = Image.byteLimit(maxPixels)
    let file = try FileBytes.read(path, limit: limit, takesPipes: false)
    let limits = Limits(name: path, pixels: maxPixels, bytes: limit)
    let bytes = IndexedFile.numbers(file) ?? file
    let (samples, orientation, notes) = try bytes.withUnsafeBytes { try Self.decoded($0, limits) }
    stored = Mask(
      height: samples.height, width: samples.width,
      kinds: MaskValues.kinds(samples, isLossy: Self.isLossy(file)))
    self.orientation = orientation
    self.notes = notes
  }

  private static func decoded(
    _ file: UnsafeRawBufferPointer, _ limits: Limits
  ) throws -> (DecodedSamples, orientation: Int, notes: [String]) {
    guard !file.isEmpty else { throw ImageFileError.damaged(limits.name, "no bytes in it") }
    let kind = cv_kind(file.baseAddress, file.count)
    guard kind != CVUnknown else { throw ImageFileError.foreign(limits.name) }
    guard kind != CVBMP else { return (try BMP(file, limits).samples, 1, []) }
    // Any range will do: numbers do not become colours.
    var wanted = CVReading(
      max_pixels: Int64(limits.pixels), max_bytes: Int64(limits.bytes), low: 0, high: 1,
      least_side: 0, keeps_orientation: 1)
    var image = CVImage()
    try limits.check(cv_decode(file.baseAddress, file.count, kind, &wanted, &image), image)
    guard let samples = DecodedSamples(taking: image, low: 0, high: 1) else {
      throw ImageFileError.damaged(limits.name, "no pixels")
    }
    guard image.has_non_finite == 0 else { throw ImageFileError.notFinite(limits.name) }
    return (samples, Int(image.orientation), Image.notes(of: image))
  }

  /// Whether the format changes values a little.
  private static func isLossy(_ file: [UInt8]) -> Bool {
    if file.starts(with: [0xFF, 0xD8]) { return true }
    guard file.starts(with: Array("RIFF".utf8)) else { return false }
    // Parts of a WebP file, each with its name and length.
    var at = 12
    while at + 8 <= file.count {
      if file[at..<at + 4].elementsEqual("VP8L".utf8) { return false }
      let length = file[at + 4..<at + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      at += 8 + length + length % 2
    }
    return true
  }
}
