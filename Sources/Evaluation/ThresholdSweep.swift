/// All scores from the highest to the lowest, equal ones together: every threshold that matters.
///
/// Sorting is the cost of an exact curve, O(n log n); the curves of one set of scores share it.
public struct ThresholdSweep: Sendable {
  /// Positions of the scores, from the highest score to the lowest.
  private let order: [UInt32]
  /// For each distinct score, from the highest, where its positions end in `order`.
  private let ends: [UInt32]

  /// Sorts scores.
  ///
  /// - Throws: ``EvaluationError/notANumber`` where one is NaN.
  public init(_ scores: [Float]) throws {
    guard scores.allSatisfy({ !$0.isNaN }) else { throw EvaluationError.notANumber }
    // The score in the upper half and its position in the lower: sorting whole numbers is twice
    // as fast as sorting positions by what they point at.
    var keys = scores.enumerated().map { position, score in
      UInt64(Self.descending(score)) << 32 | UInt64(UInt32(position))
    }
    keys.sort()
    let isLast = { [keys] index in
      index + 1 == keys.count || keys[index + 1] >> 32 != keys[index] >> 32
    }
    var ends: [UInt32] = []
    ends.reserveCapacity(keys.indices.count(where: isLast))
    for index in keys.indices where isLast(index) { ends.append(UInt32(index + 1)) }
    self.ends = ends
    order = keys.map { UInt32(truncatingIfNeeded: $0) }
  }

  /// How many scores there are.
  var count: Int { order.count }

  /// The positions of each distinct score, from the highest.
  var groups: Groups { Groups(order: order, ends: ends) }

  /// Positions of equal scores, group by group.
  struct Groups: Sequence, IteratorProtocol {
    fileprivate let order: [UInt32]
    fileprivate let ends: [UInt32]
    private var group = 0
    private var start = 0

    fileprivate init(order: [UInt32], ends: [UInt32]) {
      self.order = order
      self.ends = ends
    }

    mutating func next() -> ArraySlice<UInt32>? {
      guard group < ends.count else { return nil }
      defer {
        start = Int(ends[group])
        group += 1
      }
      return order[start..<Int(ends[group])]
    }
  }

  /// A whole number that is the smaller the larger the score is; 0 and -0 are one score.
  private static func descending(_ score: Float) -> UInt32 {
    let bits = (score + 0).bitPattern
    return bits >> 31 == 0 ? 0x7FFF_FFFF - bits : bits
  }
}

/// A point of a curve over all thresholds, both coordinates in 0…1.
public struct CurvePoint: Sendable, Equatable, Codable {
  /// The false-positive rate.
  public let x: Double
  /// The true-positive rate, or the per-region overlap.
  public let y: Double

  /// A point.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A curve over all thresholds, from (0, 0), with straight lines between its points.
public struct Curve: Sendable, Equatable {
  /// The points of distinct scores, the false-positive rate never falling.
  ///
  /// Those inside a level or an upright part are left out: of a million pixels that are nearly all normal
  /// few stay.
  public private(set) var points = [CurvePoint(x: 0, y: 0)]

  /// Goes on to a point, whose false-positive rate is no lower than the last.
  mutating func go(to point: CurvePoint) {
    let last = points[points.count - 1]
    let before = points.dropLast().last
    if let before,
      (before.x, last.x) == (last.x, point.x) || (before.y, last.y) == (last.y, point.y)
    {
      points[points.count - 1] = point
    } else {
      points.append(point)
    }
  }

  /// The area under the curve up to a false-positive rate, divided by that rate: in 0…1.
  public func area(upTo limit: Double = 1) -> Double {
    var area = 0.0
    for (from, to) in zip(points, points.dropFirst()) where from.x < limit {
      let end = min(to.x, limit)
      // On the line between the points; `to.x` is beyond `from.x` where `end` is.
      let height =
        to.x > from.x ? from.y + (to.y - from.y) * (end - from.x) / (to.x - from.x) : to.y
      area += (end - from.x) * (from.y + height) / 2
    }
    return area / limit
  }

  /// At most about `count` points that look the same when drawn.
  public func thinned(to count: Int = 500) -> [CurvePoint] {
    guard points.count > count else { return points }
    var kept: [CurvePoint] = []
    let least = 2 / Double(count)
    for point in points.dropLast() {
      guard let last = kept.last, point.x - last.x + abs(point.y - last.y) < least else {
        kept.append(point)
        continue
      }
    }
    return kept + points.suffix(1)
  }
}

/// Why scores cannot be evaluated.
public enum EvaluationError: Error, CustomStringConvertible, Equatable {
  /// A score is NaN.
  case notANumber
  /// There are no normal or no anomalous images or pixels.
  case oneClass(String)
  /// Scores and labels are not of the same number.
  case mismatch(scores: Int, labels: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .notANumber: "a score is not a number, so the model is damaged; train it again"
    case .oneClass(let missing): "there is nothing to compare: no \(missing)"
    case .mismatch(let scores, let labels): "\(scores) scores, but \(labels) labels"
    }
  }
}
