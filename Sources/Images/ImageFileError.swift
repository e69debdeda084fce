/// Why an image cannot be read.
public enum ImageFileError: Error, CustomStringConvertible, Equatable {
  /// There is no such file.
  case missing(String)
  /// The file is a folder, or may not be read.
  case unreadable(String)
  /// A pipe, a device or a socket where a file is expected.
  case notAFile(String)
  /// There are no bytes in it.
  case empty(String)
  /// The file is of none of the formats that are read.
  case foreign(String)
  /// The format is read, but not this kind of it; with its name.
  case unsupported(String, String)
  /// The file is cut short or broken; with the decoder's words.
  case damaged(String, String)
  /// The header promises more pixels than are allowed.
  case tooLarge(String, pixels: Int, limit: Int)
  /// Decoding would take more bytes of memory than are allowed.
  case tooMuchMemory(String, bytes: Int, limit: Int)
  /// The file has more bytes than are allowed.
  case tooManyBytes(String, limit: Int)
  /// The file holds numbers of which nobody knows what black and white are; with their kind.
  case needsRange(String, String)
  /// A number is not finite.
  case notFinite(String)
  /// Numbers lie outside the range that they are read by.
  case outOfRange(String, lowest: Double, highest: Double, ClosedRange<Double>)

  /// Whether the file was not given, whatever is in it.
  package var isOfDisk: Bool {
    switch self {
    case .missing, .unreadable: true
    default: false
    }
  }

  /// One line for the user.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such file; check its name"
    case .unreadable(let path):
      "\(path): cannot be read; check that it is a file, and its permissions"
    case .notAFile(let path):
      "\(path): is a pipe or a device, not a file; move it away, or name it instead of its folder"
    case .empty("-"): "-: standard input is empty or closed; pipe an image into it"
    case .empty(let path): "\(path): is empty; replace it"
    case .foreign(let path): "\(path): not a PNG, JPEG, TIFF, WebP or BMP image"
    case .unsupported(let path, let kind):
      "\(path): \(kind) is not supported; convert it to PNG, or to a grey or RGB TIFF"
    case .damaged(let path, let reason): "\(path): the image is damaged (\(reason)); replace it"
    case .tooLarge(let path, let pixels, let limit):
      "\(path): \(pixels) pixels, more than the limit of \(limit)"
    case .tooMuchMemory(let path, let bytes, let limit):
      "\(path): decoding needs \(Self.megabytes(bytes)), more than the limit of "
        + "\(Self.megabytes(limit)); a limit of \(Self.pixels(bytes)) pixels allows it"
    case .tooManyBytes(let path, let limit):
      "\(path): more than \(Self.megabytes(limit)), the limit of \(Image.bytesPerPixel) bytes for each allowed pixel"
    case .needsRange(let path, let kind):
      "\(path): \(kind), of which only you know the values of black and white"
    case .notFinite(let path):
      "\(path): holds values that are not numbers (NaN or infinity); replace them"
    case .outOfRange(let path, let lowest, let highest, let range):
      "\(path): values from \(Self.short(lowest)) to \(Self.short(highest)), outside of "
        + "\(Self.short(range.lowerBound)) to \(Self.short(range.upperBound)), the values of black and white"
    }
  }

  /// The limit of pixels that allows so many bytes.
  package static func pixels(_ bytes: Int) -> Int {
    max(0, bytes - Image.bytesBeside) / Image.bytesPerPixel + 1
  }

  private static func megabytes(_ bytes: Int) -> String { "\((bytes >> 20) + 1) MB" }

  private static func short(_ value: Double) -> String {
    let rounded = (value * 1e4).rounded() / 1e4
    let shown = rounded == 0 && value != 0 ? value : rounded
    return shown == shown.rounded() && abs(shown) < 1e9 ? String(Int(shown)) : String(shown)
  }
}
