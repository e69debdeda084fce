/// A part of an image, in whole pixels.
public struct Rectangle: Codable, Sendable, Hashable {
  /// The first column.
  public let x: Int
  /// The first row.
  public let y: Int
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int

  /// A part.
  public init(x: Int, y: Int, width: Int, height: Int) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// Whether it has a pixel, and all of its pixels lie in an image of this size.
  public func lies(inHeight imageHeight: Int, width imageWidth: Int) -> Bool {
    x >= 0 && y >= 0 && width > 0 && height > 0 && x <= imageWidth - width
      && y <= imageHeight - height
  }

  var rows: Range<Int> { y..<y + height }
}

extension Image {
  /// A part of the image; of a decoded image in the 8 or 16 bits of its file.
  ///
  /// - Precondition: It lies in the image.
  public func cropped(to part: Rectangle) -> Image {
    precondition(part.lies(inHeight: height, width: width), "\(part) of \(height) × \(width)")
    switch storage {
    case .decoded(let samples):
      return Image(samples.cropped(to: part), notes: notes, orientation: orientation)
    case .floats(let pixels):
      let rows = part.rows.map { row in
        pixels[3 * (row * width + part.x)..<3 * (row * width + part.x + part.width)]
      }
      return Image(height: part.height, width: part.width, pixels: Array(rows.joined()))
    }
  }
}

extension Mask {
  /// A part of the mask.
  ///
  /// - Precondition: It lies in the mask.
  public func cropped(to part: Rectangle) -> Mask {
    precondition(part.lies(inHeight: height, width: width), "\(part) of \(height) × \(width)")
    let rows = part.rows.map { row in
      kinds[row * width + part.x..<row * width + part.x + part.width]
    }
    return Mask(height: part.height, width: part.width, kinds: Array(rows.joined()))
  }
}
