import Foundation

/// What the scores of good images that were kept aside say of a new score.
///
/// Split-conformal (Vovk et al. 2005): if a new good image is as likely as those kept aside to have
/// the highest score of all, it lies above the k-th highest of n with probability k / (n + 1).
public struct Calibration: Codable, Sendable, Equatable {
  /// The image scores of the validation images, ascending.
  public let scores: [Float]

  /// The calibration of these image scores.
  ///
  /// - Precondition: There is at least one score, and none is NaN.
  public init(scores: [Float]) {
    precondition(!scores.isEmpty && scores.allSatisfy { !$0.isNaN }, "scores \(scores)")
    self.scores = scores.sorted()
  }

  /// Reads what was encoded, and refuses what is no calibration.
  public init(from decoder: any Decoder) throws {
    scores = try decoder.container(keyedBy: CodingKeys.self).decode([Float].self, forKey: .scores)
    guard !scores.isEmpty, zip(scores, scores.dropFirst()).allSatisfy({ $0 <= $1 }),
      scores.allSatisfy(\.isFinite)
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no ascending finite scores"))
    }
  }

  /// The least rate of false alarms that this many images can promise: 1 / (n + 1).
  public var leastFalseAlarms: Double { 1 / Double(scores.count + 1) }

  /// The score above which an image is called anomalous.
  public struct Threshold: Codable, Sendable, Equatable {
    /// Scores above this are anomalous.
    public let score: Float
    /// The share of good images that will at most be called anomalous.
    public let falseAlarms: Double
  }

  /// The threshold for a rate of false alarms, or for the least rate that can be promised.
  ///
  /// `falseAlarms` lies in 0…1; what is promised may be less than asked for, as n images know only
  /// n + 1 rates.
  public func threshold(falseAlarms: Double) -> Threshold {
    let count = scores.count
    // The rank from the top that the rate allows, at least the highest score; the small surplus
    // keeps 0.1 × 10 from rounding to 0.
    let allowed = Int((falseAlarms * Double(count + 1) + 1e-9).rounded(.down))
    let rank = min(max(1, allowed), count)
    return Threshold(score: scores[count - rank], falseAlarms: Double(rank) / Double(count + 1))
  }

  /// How likely a good image is to score at least this high, at the most.
  ///
  /// - Parameter score: The score of an image.
  /// - Returns: (1 + the number of validation images with at least this score) / (n + 1).
  public func pValue(of score: Float) -> Double {
    Double(1 + scores.count { $0 >= score }) / Double(scores.count + 1)
  }
}
