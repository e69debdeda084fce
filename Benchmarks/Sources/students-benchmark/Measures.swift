import UninformedStudents

/// The exact figures of a test set, 160 maps of 256 × 256 with all scores distinct, against sorting
/// the scores, without which no exact curve can be had.
func compareMeasures(_ report: (Comparison) -> Void) throws {
  let (count, side) = (160, 256)
  var state: UInt64 = 1
  let random = {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / 16_777_216
  }
  var all: [Float] = []
  let samples = (0..<count).map { number in
    let mask = (0..<side * side).map {
      number % 2 == 1 && $0 % side / 40 == 2 && $0 / side / 40 % 2 == 1
    }
    let scores = mask.map { random() + ($0 ? 0.3 : 0) }
    all += scores
    return PixelEvaluation.Sample(
      height: side, width: side, scores: scores, mask: number % 2 == 1 ? mask : nil)
  }
  report(
    try Comparison(
      "figures of 160 maps", rounds: 1,
      [
        ("sorting", { _ = all.sorted(by: >) }),
        (
          "ours",
          {
            let pixels = try PixelEvaluation(samples)
            let roc = try pixels.roc().area()
            let pro = try pixels.perRegionOverlap().area(upTo: 0.3)
            // Shifting a uniform score by 0.3 wins 1 - 0.7²/2 of the pairs.
            guard abs(roc - 0.755) < 0.005, pro > 0.4, pro < 0.6 else {
              throw Disagreement(description: "ROC-AUC \(roc), PRO \(pro)")
            }
          }
        ),
      ]))
}
