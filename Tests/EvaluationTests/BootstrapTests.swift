@testable import Evaluation
import TestSupport
import Testing

/// Against figures of the images of a draw, each as often as it was drawn.
@Suite struct `Confidence intervals` {
  /// Maps of 12 × 12 whose defect scores about one deviation above the rest.
  private func samples(_ count: Int) -> [PixelEvaluation.Sample] {
    var state: UInt64 = 5
    func random() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24)
    }
    return (0..<count).map { number in
      let mask = (0..<144).map { number % 3 != 0 && $0 / 12 < 3 + number % 4 && $0 % 12 < 4 }
      let scores = mask.map { random() + random() + ($0 ? 0.4 : 0) }
      return PixelEvaluation.Sample(
        height: 12, width: 12, scores: scores, mask: number % 3 == 0 ? nil : mask)
    }
  }

  @Test func `measure the pixels of each draw`() throws {
    let samples = samples(12)
    let table = try ImageTable(PixelEvaluation(samples))
    #expect(table.isAnomalous == (0..<12).map { $0 % 3 != 0 })
    let bootstrap = Bootstrap(isAnomalous: table.isAnomalous, seed: 3)
    for draw in 0..<5 {
      let weights = bootstrap.weights(draw: draw)
      let drawn = weights.indices.flatMap { image in
        Array(repeating: samples[image], count: Int(weights[image]))
      }
      let exact = try PixelEvaluation(drawn)
      let roc = table.curve(of: table.found, weights: weights).area()
      let pro = table.curve(of: table.overlap, weights: weights).area(upTo: 0.3)
      #expect(abs(roc - (try exact.roc().area())) < 1e-3)
      #expect(abs(pro - (try exact.perRegionOverlap().area(upTo: 0.3))) < 2e-3)
    }
  }

  @Test func `hold as many good and anomalous images as the test set`() {
    let isAnomalous = (0..<30).map { $0 < 11 }
    let bootstrap = Bootstrap(isAnomalous: isAnomalous, seed: 1)
    for draw in 0..<20 {
      let weights = bootstrap.weights(draw: draw)
      #expect(weights[..<11].reduce(0, +) == 11)
      #expect(weights[11...].reduce(0, +) == 19)
    }
    #expect(bootstrap.weights(draw: 0) != bootstrap.weights(draw: 1))
  }

  /// By DeLong, DeLong and Clarke-Pearson (1988).
  @Test func `have the width that theory gives`() throws {
    let good = (0..<150).map { Float($0 * 37 % 150) / 150 }
    let anomalous = (0..<100).map { 0.35 + Float($0 * 23 % 100) / 100 }
    let wins = { (one: Float, others: [Float]) in
      others.reduce(0.0) { $0 + ($1 < one ? 1 : $1 == one ? 0.5 : 0) } / Double(others.count)
    }
    let ofAnomalous = anomalous.map { wins($0, good) }
    let ofGood = good.map { 1 - wins($0, anomalous) }
    let area = slowMean(ofAnomalous)
    var variance = slowDeviation(ofAnomalous) * slowDeviation(ofAnomalous) / 100
    variance += slowDeviation(ofGood) * slowDeviation(ofGood) / 150
    let interval = try rocAUCInterval(
      scores: good + anomalous, isAnomalous: (0..<250).map { $0 >= 150 })
    #expect(interval.low < area && area < interval.high)
    let width = (interval.high - interval.low) / (2 * 1.96 * variance.squareRoot())
    #expect(width > 0.9 && width < 1.1, "\(width)")
  }

  @Test func `shrink to a point where nothing can go wrong`() throws {
    let interval = try rocAUCInterval(
      scores: [1, 2, 3, 4, 5], isAnomalous: [false, false, true, true, true])
    #expect(interval == ConfidenceInterval(low: 1, high: 1))
  }

  @Test func `ask for both classes`() {
    #expect(throws: EvaluationError.self) {
      try rocAUCInterval(scores: [1, 2], isAnomalous: [true, true])
    }
    #expect(throws: EvaluationError.self) {
      try PixelEvaluation([.init(height: 1, width: 2, scores: [1, 2], mask: nil)])
        .intervals(upTo: 0.3)
    }
  }
}
