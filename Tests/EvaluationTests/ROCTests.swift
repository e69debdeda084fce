import Evaluation
import TestSupport
import Testing

@Suite struct `The area under the ROC curve` {
  @Test(arguments: [
    ([0.1, 0.2, 0.8, 0.9], [false, false, true, true], 1.0),
    ([0.9, 0.8, 0.2, 0.1], [false, false, true, true], 0.0),
    ([1, 1, 1, 1], [false, true, false, true], 0.5),
    ([0.1, 0.4, 0.35, 0.8], [false, false, true, true], 0.75),
    ([-0.0, 0.0, 1], [true, false, true], 0.75),
  ])
  func `is right where one can count by hand`(
    scores: [Float], isAnomalous: [Bool], expected: Double
  ) throws {
    #expect(abs(try rocAUC(scores: scores, isAnomalous: isAnomalous) - expected) < 1e-12)
  }

  /// The probability that it stands for, counted pair by pair.
  @Test func `counts the pairs in the right order, ties half`() throws {
    var random = SystemlessGenerator(state: 5)
    let scores = (0..<300).map { _ in Float(Int.random(in: -20...20, using: &random)) / 7 }
    let labels = scores.map { _ in Bool.random(using: &random) }
    var right = 0.0
    var pairs = 0.0
    for (high, isAnomalous) in zip(scores, labels) where isAnomalous {
      for (low, isOther) in zip(scores, labels) where !isOther {
        right += high > low ? 1 : high == low ? 0.5 : 0
        pairs += 1
      }
    }
    #expect(abs(try rocAUC(scores: scores, isAnomalous: labels) - right / pairs) < 1e-12)
  }

  /// Three levels and upright parts of three scores each, and a slope of two that are equal.
  @Test func `has no points inside straight parts`() throws {
    let isAnomalous = "aaannnaaannnan".map { $0 == "a" }
    let scores: [Float] = (1...12).reversed().map { Float($0) } + [0, 0]
    let curve = try Curve.roc(ThresholdSweep(scores), isAnomalous: isAnomalous)
    let points = [(0, 0), (0, 3), (3, 3), (3, 6), (6, 6), (7, 7)]
    #expect(curve.points == points.map { CurvePoint(x: Double($0.0) / 7, y: Double($0.1) / 7) })
    #expect(abs(curve.area() - (9 + 18 + 6.5) / 49) < 1e-12)
  }

  @Test func `refuses what has no answer`() {
    #expect(throws: EvaluationError.notANumber) {
      try rocAUC(scores: [1, .nan], isAnomalous: [true, false])
    }
    #expect(throws: EvaluationError.oneClass("anomalous scores")) {
      try rocAUC(scores: [1, 2], isAnomalous: [false, false])
    }
    #expect(throws: EvaluationError.oneClass("normal scores")) {
      try rocAUC(scores: [1, 2], isAnomalous: [true, true])
    }
    #expect(throws: EvaluationError.oneClass("anomalous scores")) {
      try rocAUC(scores: [], isAnomalous: [])
    }
    #expect(throws: EvaluationError.mismatch(scores: 1, labels: 2)) {
      try rocAUC(scores: [1], isAnomalous: [true, false])
    }
  }
}
