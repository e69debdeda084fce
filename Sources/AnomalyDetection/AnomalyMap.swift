/// How anomalous each pixel of an image is; higher is more anomalous.
public struct AnomalyMap: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// One score a pixel, row by row, `[height, width]`.
  public let scores: [Float]
  /// Which pixels never decide, row by row; nil where all do.
  ///
  /// Each of them has the lowest score of the others.
  public let isIgnored: [Bool]?

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
    isIgnored = nil
  }

  private init(_ map: AnomalyMap, scores: [Float], isIgnored: [Bool]) {
    (height, width, self.scores, self.isIgnored) = (map.height, map.width, scores, isIgnored)
  }

  /// The map of which some pixels never decide.
  ///
  /// - Parameter isIgnored: Which, row by row; nil for none.
  /// - Returns: The map.
  /// - Precondition: There is one value a pixel.
  func ignoring(_ isIgnored: [Bool]?) -> AnomalyMap {
    guard let isIgnored else { return self }
    precondition(isIgnored.count == scores.count, "\(isIgnored.count) of \(scores.count) pixels")
    let lowest =
      zip(scores, isIgnored).reduce(Float.infinity) { $1.1 ? $0 : min($0, $1.0) }
    return AnomalyMap(
      self, scores: zip(scores, isIgnored).map { $1 ? lowest : $0 }, isIgnored: isIgnored)
  }

  /// How many of the pixels that decide make the score of an image; at least one.
  package static func topCount(_ share: Double, of count: Int) -> Int {
    min(max(Int((share * Double(count)).rounded()), 1), count)
  }

  /// The score of the most anomalous pixel.
  ///
  /// NaN where any score is: it is never lost behind a number.
  public var peak: Float {
    deciding(scores).reduce(-.infinity) { $0.isNaN || $0 >= $1 ? $0 : $1 }
  }

  /// The mean score of the pixels that decide.
  public var mean: Double {
    let scores = deciding(scores)
    return scores.reduce(0) { $0 + Double($1) } / Double(scores.count)
  }

  /// Which pixels decide and score above a threshold, row by row.
  public func isAbove(_ threshold: Float) -> [Bool] {
    guard let isIgnored else { return scores.map { $0 > threshold } }
    return zip(scores, isIgnored).map { $0 > threshold && !$1 }
  }

  /// Those of some values, one a pixel, that belong to pixels that decide.
  public func deciding<Value>(_ values: [Value]) -> [Value] {
    guard let isIgnored else { return values }
    return zip(values, isIgnored).compactMap { $1 ? nil : $0 }
  }

  /// The scores, and -∞ where pixels never decide: for maxima over parts, and for colours.
  public var decidingScores: [Float] {
    guard let isIgnored else { return scores }
    return zip(scores, isIgnored).map { $1 ? -.infinity : $0 }
  }

  /// Whether every score is a finite number.
  public var isFinite: Bool { scores.allSatisfy(\.isFinite) }
}
