/// How the score of an image is taken from its map.
///
/// Students understand some places of good parts less than others. There a map rises softly, while over a
/// defect it rises steeply. So a pixel counts by how far it stands out from its surroundings. These count only as
/// far as they rise in images of good parts: what is anomalous over a wide area still scores high.
public struct ImageScoring: Sendable, Equatable {
  /// The share of the pixels that decide, the most outstanding ones, whose mean is the score; 0 for the highest
  /// pixel alone.
  public let topShare: Double
  /// Up to which score the surroundings of a pixel are subtracted from its own; nil where nothing is.
  public let surroundings: Float?

  /// A way to score images.
  ///
  /// - Precondition: The share lies in 0…1, and the surroundings are finite.
  public init(topShare: Double, surroundings: Float? = nil) {
    precondition((0...1).contains(topShare), "\(topShare)")
    precondition(surroundings?.isFinite ?? true)
    self.topShare = topShare
    self.surroundings = surroundings
  }

  /// What checkpoints of scores depend on, as text.
  package var text: String {
    "top \(topShare)" + (surroundings.map { ", surroundings \($0)" } ?? "")
  }

  /// The side of the square around a pixel that is its surroundings, in a map of so many pixels a side.
  ///
  /// An eighth of it, and odd: of 256 pixels 33, the receptive field that is used most.
  package static func window(side: Int) -> Int { side / 16 * 2 + 1 }
}

extension AnomalyMap {
  /// The score of the whole image: the mean of its most outstanding pixels.
  ///
  /// - Parameter scoring: Which these are.
  /// - Returns: Their mean; NaN where any score is.
  public func score(by scoring: ImageScoring) -> Float {
    var scores = scores
    if let limit = scoring.surroundings {
      let surroundings = surroundings
      // The least of two numbers may be the one that is a number.
      for pixel in scores.indices {
        scores[pixel] -= surroundings[pixel] > limit ? limit : surroundings[pixel]
      }
    }
    let deciding = deciding(scores)
    return deciding.meanOfHighest(Self.topCount(scoring.topShare, of: deciding.count))
  }

  /// The mean score of the pixels that decide in the square around each pixel, as far as it lies within the map.
  ///
  /// One score a pixel, row by row; 0 where none of them decides.
  package var surroundings: [Float] {
    let (rows, columns) = (
      ImageScoring.window(side: height) / 2, ImageScoring.window(side: width) / 2
    )
    // Sums over all pixels above and to the left.
    var sums = [Double](repeating: 0, count: (height + 1) * (width + 1))
    var counts = [Int32](repeating: 0, count: sums.count)
    for row in 0..<height {
      var (sum, count) = (0.0, Int32(0))
      for column in 0..<width {
        let pixel = row * width + column
        if !(isIgnored?[pixel] ?? false) {
          sum += Double(scores[pixel])
          count += 1
        }
        let above = row * (width + 1) + column + 1
        sums[above + width + 1] = sums[above] + sum
        counts[above + width + 1] = counts[above] + count
      }
    }
    var means = [Float](repeating: 0, count: scores.count)
    for row in 0..<height {
      let top = max(row - rows, 0) * (width + 1)
      let bottom = min(row + rows + 1, height) * (width + 1)
      for column in 0..<width {
        let (left, right) = (max(column - columns, 0), min(column + columns + 1, width))
        let sum = sums[bottom + right] - sums[top + right] - sums[bottom + left] + sums[top + left]
        let count =
          counts[bottom + right] - counts[top + right] - counts[bottom + left] + counts[top + left]
        means[row * width + column] = count > 0 ? Float(sum / Double(count)) : 0
      }
    }
    return means
  }
}
