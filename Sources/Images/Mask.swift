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

  /// Whether it marks nothing.
  public var isEmpty: Bool { !isAnomalous.contains(true) }

  /// The mask at another size.
  ///
  /// Where it becomes smaller, each marked pixel still marks one: the smallest defect stays. Where it
  /// becomes larger, each new pixel takes the value of the nearest old one.
  ///
  /// - Precondition: The sides are positive.
  public func resized(height newHeight: Int, width newWidth: Int) -> Mask {
    precondition(newHeight > 0 && newWidth > 0, "\(newHeight) × \(newWidth)")
    guard newHeight != height || newWidth != width else { return self }
    let (rows, columns) = (Self.sources(newHeight, of: height), Self.sources(newWidth, of: width))
    var values: [Bool] = []
    values.reserveCapacity(newHeight * newWidth)
    for lines in rows {
      for places in columns {
        values.append(lines.contains { line in places.contains { isAnomalous[line * width + $0] } })
      }
    }
    return Mask(height: newHeight, width: newWidth, isAnomalous: values)
  }

  /// The old places along a side that each new one stands for.
  private static func sources(_ count: Int, of old: Int) -> [Range<Int>] {
    guard count < old else {
      return (0..<count).map { place in
        let nearest = (2 * place + 1) * old / (2 * count)
        return nearest..<nearest + 1
      }
    }
    // Each old place belongs to the new one that its middle lies in: 2 (start) + 1 >= 2 place old / count.
    let start = { (place: Int) in (2 * place * old + count - 1) / (2 * count) }
    return (0..<count).map { start($0)..<($0 == count - 1 ? old : start($0 + 1)) }
  }

  /// What is marked in one of two masks or in both.
  ///
  /// - Precondition: They are of one size.
  public func union(_ other: Mask) -> Mask {
    precondition(height == other.height && width == other.width, "masks of two sizes")
    return Mask(
      height: height, width: width,
      isAnomalous: zip(isAnomalous, other.isAnomalous).map { $0 || $1 })
  }

  /// The mask turned as an image whose file has this orientation, 1 to 8 as in EXIF.
  func turned(_ orientation: Int) -> Mask {
    guard (2...8).contains(orientation) else { return self }
    let isAcross = orientation >= 5
    let (newHeight, newWidth) = isAcross ? (width, height) : (height, width)
    var values: [Bool] = []
    values.reserveCapacity(isAnomalous.count)
    // Which end of a stored side the first upright row or column comes from.
    let isFromBottom = [3, 4, 6, 7].contains(orientation)
    let isFromRight = [2, 3, 7, 8].contains(orientation)
    for row in 0..<newHeight {
      for column in 0..<newWidth {
        let (line, place) = isAcross ? (column, row) : (row, column)
        let from =
          (isFromBottom ? height - 1 - line : line) * width
          + (isFromRight ? width - 1 - place : place)
        values.append(isAnomalous[from])
      }
    }
    return Mask(height: newHeight, width: newWidth, isAnomalous: values)
  }

  /// A black image with the anomalous pixels white.
  public var image: Image {
    let pixels: [Float] = isAnomalous.flatMap { repeatElement($0 ? 1 : 0, count: 3) }
    return Image(height: height, width: width, pixels: pixels)
  }
}
