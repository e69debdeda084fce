import CVips
public import Foundation

extension Image {
  /// The media type of an image file by its first bytes, such as `image/png`; nil where it is none that is
  /// read.
  public static func mediaType(of bytes: Data) -> String? {
    switch bytes.withUnsafeBytes({ cv_kind($0.baseAddress, $0.count) }) {
    case CVPNG: "image/png"
    case CVJPEG: "image/jpeg"
    case CVTIFF: "image/tiff"
    case CVWebP: "image/webp"
    case CVBMP: "image/bmp"
    default: nil
    }
  }

  /// The image made smaller where a side is longer than `side`, its shape kept.
  ///
  /// - Throws: ``ImageFileError`` where memory does not suffice.
  /// - Precondition: The side is positive.
  public func fitting(_ side: Int) throws -> Image {
    let longest = max(height, width)
    guard longest > side else { return self }
    let fitted = { (length: Int) in max(1, length * side / longest) }
    return try resized(height: fitted(height), width: fitted(width))
  }
}
