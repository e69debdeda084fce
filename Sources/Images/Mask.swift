import CVips
import Files

/// Which pixels of an image are anomalous.
public struct Mask: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// One value a pixel, row by row, `[height, width]`.
  public let isAnomalous: [Bool]

  /// A mask of the given values.
  ///
  /// - Precondition: There is one value a pixel.
  public init(height: Int, width: Int, isAnomalous: [Bool]) {
    precondition(isAnomalous.count == height * width, "\(isAnomalous.count) values")
    self.height = height
    self.width = width
    self.isAnomalous = isAnomalous
  }

  /// Decodes a picture whose bright pixels (at least half of full brightness) are anomalous.
  ///
  /// - Throws: ``ImageFileError`` that names the file.
  public init(contentsOf path: String) throws {
    self.init(bright: try Image(contentsOf: path))
  }

  /// The pixels of at least half of full brightness: 128 of 255 and above.
  public init(bright image: Image) {
    let isAnomalous = stride(from: 0, to: image.pixels.count, by: 3).map { (red: Int) -> Bool in
      let sum: Float = image.pixels[red] + image.pixels[red + 1] + image.pixels[red + 2]
      return sum >= 1.5
    }
    self.init(height: image.height, width: image.width, isAnomalous: isAnomalous)
  }

  /// The mask at another size: each new pixel takes the value of the nearest old one.
  public func resized(height newHeight: Int, width newWidth: Int) -> Mask {
    guard newHeight != height || newWidth != width else { return self }
    let columns: [Int] = (0..<newWidth).map { column in (2 * column + 1) * width / (2 * newWidth) }
    var values: [Bool] = []
    values.reserveCapacity(newHeight * newWidth)
    for row in 0..<newHeight {
      let start = (2 * row + 1) * height / (2 * newHeight) * width
      for column in columns { values.append(isAnomalous[start + column]) }
    }
    return Mask(height: newHeight, width: newWidth, isAnomalous: values)
  }

  /// A black picture with the anomalous pixels white.
  public var image: Image {
    let pixels: [Float] = isAnomalous.flatMap { repeatElement($0 ? 1 : 0, count: 3) }
    return Image(height: height, width: width, pixels: pixels)
  }
}
