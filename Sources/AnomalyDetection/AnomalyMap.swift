/// How anomalous each pixel of an image is; higher is more anomalous.
public struct AnomalyMap: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// One score a pixel, row by row, `[height, width]`.
  public let scores: [Float]

  /// A map of the given scores.
  ///
  /// - Precondition: There is one score a pixel, and at least one pixel.
  public init(height: Int, width: Int, scores: [Float]) {
    precondition(
      scores.count == height * width && !scores.isEmpty,
      "\(scores.count) scores for \(height) × \(width) pixels")
    self.height = height
    self.width = width
    self.scores = scores
  }

  /// The score of the whole image: that of its most anomalous pixel.
  ///
  /// NaN where any score is: it is never lost behind a number.
  public var peak: Float {
    scores.reduce(-.infinity) { $0.isNaN || $0 >= $1 ? $0 : $1 }
  }

  /// Whether every score is a finite number.
  public var isFinite: Bool { scores.allSatisfy(\.isFinite) }
}
