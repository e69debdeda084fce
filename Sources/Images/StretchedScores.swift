import CVips

/// The scores of a map, stretched over that part of an image that they are of.
public struct StretchedScores: Sendable {
  /// Rows of the image.
  public let imageHeight: Int
  /// Columns of the image.
  public let imageWidth: Int
  private let scores: [Float]
  private let isIgnored: [Bool]?
  private let height: Int
  private let width: Int
  private let part: Rectangle

  /// Scores `[height, width]`.
  ///
  /// - Parameters:
  ///   - scores: One a pixel of the map, row by row.
  ///   - isIgnored: Which pixels of the map have no score; nil where all have one.
  ///   - height: Rows of the map.
  ///   - width: Columns of the map.
  ///   - part: What the map shows of the image; nil for all of it.
  ///   - imageHeight: Rows of the image.
  ///   - imageWidth: Columns of the image.
  /// - Precondition: There is one score a pixel of the map, and the part lies in the image.
  public init(
    _ scores: [Float], isIgnored: [Bool]? = nil, height: Int, width: Int, part: Rectangle? = nil,
    imageHeight: Int, imageWidth: Int
  ) {
    precondition(scores.count == height * width, "\(scores.count) scores")
    precondition(isIgnored.map { $0.count == scores.count } ?? true, "as many as scores")
    let part = part ?? Rectangle(x: 0, y: 0, width: imageWidth, height: imageHeight)
    precondition(part.lies(inHeight: imageHeight, width: imageWidth), "\(part)")
    (self.scores, self.isIgnored, self.part) = (scores, isIgnored, part)
    (self.height, self.width) = (height, width)
    (self.imageHeight, self.imageWidth) = (imageHeight, imageWidth)
  }

  /// The scores of some rows of the image, linear between the pixels of the map.
  ///
  /// - Parameter rows: The rows.
  /// - Returns: One a pixel, row by row; -∞ outside of the part, and where the nearest pixel of the map is
  ///   ignored.
  /// - Throws: ``ImageFileError`` where memory does not suffice.
  public func scores(ofRows rows: Range<Int>) throws -> [Float] {
    let inside = rows.clamped(to: part.rows)
    guard !inside.isEmpty else {
      return [Float](repeating: -.infinity, count: rows.count * imageWidth)
    }
    var stretched = try self.stretched(inside.lowerBound - part.y..<inside.upperBound - part.y)
    removeIgnored(from: &stretched, inside)
    guard inside != rows || part.width != imageWidth else { return stretched }
    var all = [Float](repeating: -.infinity, count: rows.count * imageWidth)
    for row in inside {
      let (from, to) = (
        (row - inside.lowerBound) * part.width, (row - rows.lowerBound) * imageWidth + part.x
      )
      all.replaceSubrange(to..<to + part.width, with: stretched[from..<from + part.width])
    }
    return all
  }

  /// Some rows of the part.
  private func stretched(_ rows: Range<Int>) throws -> [Float] {
    guard let mapHeight = Int32(exactly: height), let mapWidth = Int32(exactly: width) else {
      throw ImageFileError.damaged("map", "\(height) × \(width) pixels")
    }
    return try scores.withUnsafeBytes {
      try CVSamples(
        samples: $0.baseAddress, kind: CVFloats, height: mapHeight, width: mapWidth, channels: 1,
        scale: 1, offset: 0
      ).resized(toHeight: part.height, width: part.width, rows: rows)
    }
  }

  private func removeIgnored(from stretched: inout [Float], _ rows: Range<Int>) {
    guard let isIgnored else { return }
    let columns = (0..<part.width).map { (2 * $0 + 1) * width / (2 * part.width) }
    for row in rows {
      let line = (2 * (row - part.y) + 1) * height / (2 * part.height) * width
      let start = (row - rows.lowerBound) * part.width
      for (place, column) in columns.enumerated() where isIgnored[line + column] {
        stretched[start + place] = -.infinity
      }
    }
  }
}
