/// A part of an image whose pixels touch each other at a side or a corner.
public struct Region: Sendable, Equatable, Codable {
  /// The first column of its box.
  public let x: Int
  /// The first row of its box.
  public let y: Int
  /// The columns of its box.
  public let width: Int
  /// The rows of its box.
  public let height: Int
  /// How many pixels it has.
  public let area: Int

  /// A region of the given box and size.
  public init(x: Int, y: Int, width: Int, height: Int, area: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    self.area = area
  }
}

/// The connected regions of a mask, 8-connected, in the order of their first pixels; those of one kind
/// end where another kind begins.
public struct ConnectedRegions: Sendable {
  /// The regions.
  public let regions: [Region]
  /// The number of the region of each pixel, -1 outside of all.
  public let labels: [Int32]

  /// Finds the regions of a mask `[height, width]`.
  ///
  /// - Precondition: There is one value a pixel.
  public init(of mask: [Bool], height: Int, width: Int) {
    self.init(ofKinds: mask.map { $0 ? 1 : 0 }, height: height, width: width)
  }

  /// Finds the regions of each kind of a mask `[height, width]`; 0 belongs to none.
  ///
  /// - Precondition: There is one value a pixel.
  public init(ofKinds kinds: [UInt8], height: Int, width: Int) {
    precondition(kinds.count == height * width, "\(kinds.count) values for \(height) × \(width)")
    var labels = [Int32](repeating: -1, count: kinds.count)
    var regions: [Region] = []
    for start in kinds.indices where kinds[start] != 0 && labels[start] < 0 {
      regions.append(
        Self.fill(
          from: start, label: Int32(regions.count), kinds, &labels, height: height, width: width))
    }
    self.regions = regions
    self.labels = labels
  }

  /// Labels all of its kind that is connected with a pixel.
  private static func fill(
    from start: Int, label: Int32, _ kinds: [UInt8], _ labels: inout [Int32], height: Int,
    width: Int
  ) -> Region {
    let kind = kinds[start]
    var waiting = [start]
    labels[start] = label
    var (left, right) = (start % width, start % width)
    var (top, bottom) = (start / width, start / width)
    var area = 0
    while let pixel = waiting.popLast() {
      let (row, column) = (pixel / width, pixel % width)
      area += 1
      (left, right) = (min(left, column), max(right, column))
      (top, bottom) = (min(top, row), max(bottom, row))
      for y in max(0, row - 1)...min(height - 1, row + 1) {
        for x in max(0, column - 1)...min(width - 1, column + 1) {
          let neighbour = y * width + x
          guard kinds[neighbour] == kind, labels[neighbour] < 0 else { continue }
          labels[neighbour] = label
          waiting.append(neighbour)
        }
      }
    }
    return Region(
      x: left, y: top, width: right - left + 1, height: bottom - top + 1, area: area)
  }
}
