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

/// The connected regions of a mask, 8-connected, in the order of their first pixels.
public struct ConnectedRegions: Sendable {
  /// The regions.
  public let regions: [Region]
  /// The number of the region of each pixel, -1 outside of all.
  public let labels: [Int32]

  /// Finds the regions of a mask `[height, width]`.
  ///
  /// - Precondition: There is one value a pixel.
  public init(of mask: [Bool], height: Int, width: Int) {
    precondition(mask.count == height * width, "\(mask.count) values for \(height) × \(width)")
    var labels = [Int32](repeating: -1, count: mask.count)
    var regions: [Region] = []
    for start in mask.indices where mask[start] && labels[start] < 0 {
      regions.append(
        Self.fill(
          from: start, label: Int32(regions.count), mask, &labels, height: height, width: width))
    }
    self.regions = regions
    self.labels = labels
  }

  /// Labels all that is connected with a pixel.
  private static func fill(
    from start: Int, label: Int32, _ mask: [Bool], _ labels: inout [Int32], height: Int, width: Int
  ) -> Region {
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
          guard mask[neighbour], labels[neighbour] < 0 else { continue }
          labels[neighbour] = label
          waiting.append(neighbour)
        }
      }
    }
    return Region(
      x: left, y: top, width: right - left + 1, height: bottom - top + 1, area: area)
  }
}
