/// Which pixels of an image are anomalous.
public struct Mask: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// The kind of defect that each pixel shows, row by row, `[height, width]`; 0 where it is good.
  ///
  /// Two kinds that touch are two defects, each found or missed by itself.
  public let kinds: [UInt8]
  /// What a user should know of the file that it was read from, such as pages that were left out.
  public internal(set) var notes: [String] = []

  /// A mask of the given kinds.
  ///
  /// - Precondition: There is one value a pixel.
  public init(height: Int, width: Int, kinds: [UInt8]) {
    precondition(kinds.count == height * width, "\(kinds.count) values")
    self.height = height
    self.width = width
    self.kinds = kinds
  }

  /// A mask of one kind.
  ///
  /// - Precondition: There is one value a pixel.
  public init(height: Int, width: Int, isAnomalous: [Bool]) {
    self.init(height: height, width: width, kinds: isAnomalous.map { $0 ? 1 : 0 })
  }

  /// Whether each pixel is marked, row by row.
  public var isAnomalous: [Bool] { kinds.map { $0 != 0 } }

  /// Whether it marks nothing.
  public var isEmpty: Bool { !kinds.contains { $0 != 0 } }

  /// Whether it marks every pixel.
  public var isFull: Bool { !kinds.contains(0) }

  /// The share of the pixels that it marks.
  public var share: Double { Double(kinds.count { $0 != 0 }) / Double(max(1, kinds.count)) }

  /// The mask at another size.
  ///
  /// Where it becomes smaller, each marked pixel still marks one: the smallest defect stays; of several
  /// kinds in one new pixel that which marks least. Where it becomes larger, each new pixel takes the
  /// value of the nearest old one.
  ///
  /// - Precondition: The sides are positive.
  public func resized(height newHeight: Int, width newWidth: Int) -> Mask {
    precondition(newHeight > 0 && newWidth > 0, "\(newHeight) × \(newWidth)")
    guard newHeight != height || newWidth != width else { return self }
    let (rows, columns) = (Self.sources(newHeight, of: height), Self.sources(newWidth, of: width))
    let counts = counts
    var values: [UInt8] = []
    values.reserveCapacity(newHeight * newWidth)
    for lines in rows {
      for places in columns {
        var smallest: UInt8 = 0
        for line in lines {
          for kind in kinds[line * width + places.lowerBound..<line * width + places.upperBound]
          where kind != 0 && (smallest == 0 || counts[Int(kind)] < counts[Int(smallest)]) {
            smallest = kind
          }
        }
        values.append(smallest)
      }
    }
    return Mask(height: newHeight, width: newWidth, kinds: values)
  }

  /// How many pixels each kind marks.
  private var counts: [Int] {
    kinds.reduce(into: [Int](repeating: 0, count: 256)) { $0[Int($1)] += 1 }
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

  /// What is marked in one of two masks or in both; where in both, the kind that marks less.
  ///
  /// The kinds of the other mask are others than those of this one, as far as there are numbers left.
  ///
  /// - Precondition: They are of one size.
  public func union(_ other: Mask) -> Mask {
    precondition(height == other.height && width == other.width, "masks of two sizes")
    let (own, others) = (counts, other.counts)
    let offset = Int(kinds.max() ?? 0)
    return Mask(
      height: height, width: width,
      kinds: zip(kinds, other.kinds).map { kind, second in
        guard second != 0, kind == 0 || others[Int(second)] <= own[Int(kind)] else { return kind }
        return UInt8(min(offset + Int(second), 255))
      })
  }

  /// The mask turned as an image whose file has this orientation, 1 to 8 as in EXIF.
  func turned(_ orientation: Int) -> Mask {
    guard (2...8).contains(orientation) else { return self }
    let isAcross = orientation >= 5
    let (newHeight, newWidth) = isAcross ? (width, height) : (height, width)
    var values: [UInt8] = []
    values.reserveCapacity(kinds.count)
    // Which end of a stored side the first upright row or column comes from.
    let isFromBottom = [3, 4, 6, 7].contains(orientation)
    let isFromRight = [2, 3, 7, 8].contains(orientation)
    for row in 0..<newHeight {
      for column in 0..<newWidth {
        let (line, place) = isAcross ? (column, row) : (row, column)
        let from =
          (isFromBottom ? height - 1 - line : line) * width
          + (isFromRight ? width - 1 - place : place)
        values.append(kinds[from])
      }
    }
    return Mask(height: newHeight, width: newWidth, kinds: values)
  }

  /// A black image with the anomalous pixels white.
  public var image: Image {
    Image(
      DecodedSamples(
        bytes: kinds.map { $0 == 0 ? 0 : 255 }, height: height, width: width, channels: 1))
  }
}
