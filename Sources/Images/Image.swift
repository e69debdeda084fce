/// An image: red, green and blue in 0…1.
///
/// One that was decoded keeps the 8 or 16 bits of its file; they become 32-bit numbers where
/// ``resized(height:width:)`` or ``pixels`` asks for them.
public struct Image: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// What a user should know about the file that it was decoded from, a line each.
  public let notes: [String]
  /// How its file says that the camera was held, 1 to 8 as in EXIF; 1 where it says nothing.
  ///
  /// The image itself is upright.
  public let orientation: Int
  /// Which pixels never decide about it, row by row; nil where all do.
  public let isIgnored: [Bool]?
  let storage: Storage

  enum Storage: Sendable {
    case floats([Float])
    case decoded(DecodedSamples)
  }

  /// An image of the given colours.
  ///
  /// - Parameters:
  ///   - height: Rows.
  ///   - width: Columns.
  ///   - pixels: Interleaved colours, row by row.
  ///   - isIgnored: Which pixels never decide about it; nil where all do.
  /// - Precondition: There are three colours a pixel.
  public init(height: Int, width: Int, pixels: [Float], isIgnored: [Bool]? = nil) {
    precondition(pixels.count == height * width * 3, "\(pixels.count) for \(height) × \(width)")
    precondition(isIgnored.map { $0.count == height * width } ?? true, "one for each pixel")
    self.isIgnored = isIgnored
    self.height = height
    self.width = width
    notes = []
    orientation = 1
    storage = .floats(pixels)
  }

  init(_ samples: DecodedSamples, notes: [String] = [], orientation: Int = 1) {
    height = samples.height
    width = samples.width
    self.notes = notes
    self.orientation = orientation
    isIgnored = nil
    storage = .decoded(samples)
  }

  /// An image of colours of 8 bits, interleaved, which it keeps as they are.
  ///
  /// - Precondition: There are three a pixel.
  package init(height: Int, width: Int, bytes: [UInt8]) {
    self.init(DecodedSamples(bytes: bytes, height: height, width: width, channels: 3))
  }

  /// Interleaved colours, row by row, `[height, width, 3]`.
  ///
  /// A decoded image keeps them from the first call on: twelve bytes a pixel.
  public var pixels: [Float] {
    switch storage {
    case .floats(let pixels): pixels
    case .decoded(let samples): samples.pixels
    }
  }

  /// The colours in 8 bits, interleaved.
  package var bytes: [UInt8] { pixels.map(Self.byte) }

  /// Where the brightest number of the file lies in the range that it was read by, in 0…1; nil
  /// for files of 8 bits and images that come from no file.
  public var brightest: Double? {
    guard case .decoded(let samples) = storage else { return nil }
    return samples.brightest
  }

  /// The image without its colours: the luma of ITU-R BT.601 in each of the three channels.
  public func grey() -> Image {
    var grey = pixels
    for start in stride(from: 0, to: grey.count, by: 3) {
      let luma = 0.299 * grey[start] + 0.587 * grey[start + 1] + 0.114 * grey[start + 2]
      for channel in 0..<3 { grey[start + channel] = luma }
    }
    return Image(height: height, width: width, pixels: grey)
  }

  /// Whether two images have the same colours.
  public static func == (one: Image, other: Image) -> Bool {
    one.height == other.height && one.width == other.width && one.pixels == other.pixels
  }
}
