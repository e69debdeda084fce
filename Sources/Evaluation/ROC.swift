extension Curve {
  /// The receiver operating characteristic: true-positive against false-positive rate.
  ///
  /// Exact: all distinct scores count as thresholds, equal scores together.
  ///
  /// - Parameters:
  ///   - sweep: The scores, sorted.
  ///   - isAnomalous: The truth, one for each score.
  /// - Returns: The curve from (0, 0) to (1, 1).
  /// - Throws: ``EvaluationError`` where one class is missing or the numbers do not match.
  public static func roc(_ sweep: ThresholdSweep, isAnomalous: [Bool]) throws -> Curve {
    guard sweep.count == isAnomalous.count else {
      throw EvaluationError.mismatch(scores: sweep.count, labels: isAnomalous.count)
    }
    let anomalous = isAnomalous.count { $0 }
    let normal = isAnomalous.count - anomalous
    guard anomalous > 0 else { throw EvaluationError.oneClass("anomalous scores") }
    guard normal > 0 else { throw EvaluationError.oneClass("normal scores") }
    var curve = Curve()
    var (seen, found) = (0, 0)
    for positions in sweep.groups {
      seen += positions.count
      for position in positions where isAnomalous[Int(position)] { found += 1 }
      curve.go(
        to: CurvePoint(
          x: Double(seen - found) / Double(normal), y: Double(found) / Double(anomalous)))
    }
    return curve
  }
}

/// The area under the ROC curve: how likely an anomalous score is above a normal one.
///
/// Equal scores count half (Mann and Whitney 1947). Throws ``EvaluationError`` where one class is
/// missing, a score is NaN, or the numbers do not match.
public func rocAUC(scores: [Float], isAnomalous: [Bool]) throws -> Double {
  try Curve.roc(ThresholdSweep(scores), isAnomalous: isAnomalous).area()
}
