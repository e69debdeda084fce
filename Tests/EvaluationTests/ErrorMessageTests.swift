import Evaluation
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      EvaluationError.notANumber, EvaluationError.oneClass("anomalous scores"),
      EvaluationError.mismatch(scores: 3, labels: 4),
    ], "Evaluation")
}
