@testable import Evaluation
import Foundation
import TestSupport
import Testing

/// An image of one row; `#` marks what is defective.
private func row(_ scores: [Float], _ marks: String? = nil) -> PixelEvaluation.Sample {
  .init(
    height: 1, width: scores.count, scores: scores, mask: marks.map { $0.map { $0 == "#" } })
}

@Suite struct `Per-image overlap` {
  /// Ten good pixels that score 1…10: a threshold of 9.5 lets a tenth of them pass, 8.5 two tenths.
  private let good = row((1...10).map(Float.init))

  private func areas(
    _ samples: [PixelEvaluation.Sample], _ rates: ClosedRange<Double>
  ) throws -> [Double?]? {
    try PixelEvaluation(samples).perImageOverlap(rates: rates)?.areas
  }

  /// Half of the defect stands out; the other half is found at two good pixels of ten: from a rate of
  /// 0.2 on, which leaves half of the logarithmic way from 0.1 to 0.4.
  @Test func `is right where one can count by hand`() throws {
    let defect = row([11, 11, 8.5, 8.5, 99], "####.")
    let found = try PixelEvaluation([good, defect]).perImageOverlap(rates: 0.1...0.4)
    let areas = try #require(found?.areas)
    #expect(areas[0] == nil)
    #expect(abs(try #require(areas[1]) - 0.75) < 1e-12)
    #expect(found?.mean == areas[1])
  }

  @Test func `gives each image the same weight`() throws {
    let whole = row([11, 11, 11, 11, 11, 11], "######")
    let missed = row([0, 12], "#.")
    let found = try #require(
      try PixelEvaluation([whole, good, missed]).perImageOverlap(rates: 0.1...0.4))
    #expect(found.areas == [1, nil, 0] && found.mean == 0.5)
  }

  /// The rate is the mean over good images, large or small.
  @Test func `gives each good image the same weight`() throws {
    let small = row([0, 7.5])
    // Above 7: three of ten and one of two, a rate of 0.4. Above 8.5: two of ten, none of two, 0.1.
    #expect(try areas([good, small, row([7.2], "#")], 0.1...0.4) == [nil, nil, 0])
    #expect(try areas([good, small, row([8.5], "#")], 0.1...0.4) == [nil, nil, 1])
  }

  @Test func `counts ties with good pixels as false positives first`() throws {
    let areas = try areas([good, row([9], "#")], 0.1...0.4)
    // At two of ten, as if it scored 8.5.
    #expect(abs(try #require(areas?[1]) - 0.5) < 1e-12)
  }

  /// One good pixel of ten is more than a rate of 0.04 allows, and less than 0.16.
  @Test func `asks for no false positive at rates below that of one pixel`() throws {
    #expect(try areas([good, row([10.5], "#")], 0.04...0.16) == [nil, 1])
    let between = try areas([good, row([9.5], "#")], 0.04...0.16)
    #expect(abs(try #require(between?[1]) - log(1.6) / log(4)) < 1e-12)
    #expect(try areas([good, row([10.5], "#")], 0.01...0.09) == nil)
    let tenth = try areas([good, row([10.5], "#")], 0.01...0.1)
    #expect(tenth == [nil, 1], "at 0.1 one is allowed")
  }

  @Test func `is not had without good images, and refused without defects`() throws {
    let defect = PixelEvaluation.Sample(
      height: 200, width: 200, scores: [Float](repeating: 1, count: 40_000),
      mask: (0..<40_000).map { $0 == 0 })
    #expect(try PixelEvaluation([defect]).perImageOverlap() == nil)
    #expect(try PixelEvaluation([defect]).perImageOverlapInterval() == nil)
    #expect(throws: EvaluationError.oneClass("anomalous regions")) {
      try PixelEvaluation([good]).perImageOverlap()
    }
  }

  /// Rate by rate on a fine grid, threshold by threshold, with nothing shared with what it checks.
  private func slowAreas(
    _ samples: [(scores: [Float], mask: [Bool])], _ rates: ClosedRange<Double>
  ) -> [Double?] {
    let share = { (values: [Float], threshold: Float) in
      Double(values.count { $0 >= threshold }) / Double(values.count)
    }
    let good = samples.filter { !$0.mask.contains(true) }
    let thresholds = [.infinity] + Set(samples.flatMap(\.scores)).sorted(by: >)
    let rateOf = thresholds.map { threshold in
      good.reduce(0) { $0 + share($1.scores, threshold) } / Double(good.count)
    }
    let cells = 4000
    return samples.map { scores, mask in
      let defect = zip(scores, mask).filter(\.1).map(\.0)
      guard !defect.isEmpty else { return nil }
      let overlaps = thresholds.map { share(defect, $0) }
      var sum = 0.0
      for cell in 0..<cells {
        let place = (Double(cell) + 0.5) / Double(cells)
        let rate = rates.lowerBound * pow(rates.upperBound / rates.lowerBound, place)
        sum += overlaps[rateOf.lastIndex { $0 <= rate } ?? 0]
      }
      return sum / Double(cells)
    }
  }

  @Test(arguments: 1...6)
  func `equals the slow definition`(seed: Int) throws {
    var random = SystemlessGenerator(state: UInt64(seed))
    let samples = (0..<6).map { number in
      let mask = (0..<60).map { _ in number > 2 && Int.random(in: 0...4, using: &random) == 0 }
      let scores = mask.map { Float(Int.random(in: 0...($0 ? 60 : 40), using: &random)) }
      return (scores: scores, mask: mask)
    }
    let slow = slowAreas(samples, 0.02...0.3)
    #expect(slow.compactMap(\.self).count == 3)
    let areas = try areas(
      samples.map { .init(height: 6, width: 10, scores: $0, mask: $1) }, 0.02...0.3)
    for (area, slow) in zip(try #require(areas), slow) {
      #expect((area == nil) == (slow == nil))
      // A step within a cell of the grid.
      if let area, let slow { #expect(abs(area - slow) < 2e-3) }
    }
  }
}

// MARK: - Golden values

/// What `Tests/Golden/evaluation/make_aupimo.py` made.
private struct Areas: Decodable {
  struct Case: Decodable {
    let seed: UInt64
    let levels: Double
    let spread: Double
    let count: Int
    let good: Int
    let side: Int
    let low: Double
    let high: Double
    let areas: [Double]

    /// The maps of the script.
    var samples: [PixelEvaluation.Sample] {
      var numbers = GoldenNumbers(state: seed)
      return (0..<count).map { number in
        let mask = (0..<side * side).map {
          number >= good && (3..<9 + number).contains($0 / side) && (5..<12).contains($0 % side)
        }
        let scores = mask.map { isDefective in
          let value = numbers.next()
          let score =
            isDefective
            ? levels * spread * Double(number - good + 1) * value : levels / (1.0001 - value)
          return Float(score.rounded(.down))
        }
        return .init(height: side, width: side, scores: scores, mask: mask)
      }
    }
  }
  let cases: [Case]
}

@Suite struct `Golden per-image overlap` {
  @Test func `of NumPy is met`() throws {
    let golden = try Golden.read(Areas.self, "evaluation/aupimo.json")
    #expect(golden.cases.count == 5)
    for made in golden.cases {
      let evaluation = try PixelEvaluation(made.samples)
      let found = try #require(try evaluation.perImageOverlap(rates: made.low...made.high))
      #expect(found.areas.prefix(made.good).allSatisfy { $0 == nil })
      let areas = found.areas.dropFirst(made.good).compactMap(\.self)
      #expect(areas.count == made.areas.count)
      for (area, expected) in zip(areas, made.areas) {
        #expect(abs(area - expected) < 1e-9, "seed \(made.seed)")
      }
    }
  }
}

// MARK: - Intervals

@Suite struct `The interval of per-image overlap` {
  private func samples() -> [PixelEvaluation.Sample] {
    var random = SystemlessGenerator(state: 3)
    return (0..<14).map { number in
      let mask = (0..<900).map { number % 2 == 0 && $0 / 30 < 6 && $0 % 30 < 4 + number }
      let scores = mask.map { isDefective -> Float in
        let value = Float.random(in: 0..<1, using: &random)
        return isDefective ? value * 60 * Float(number + 1) : 1 / (1.002 - value)
      }
      return .init(height: 30, width: 30, scores: scores, mask: mask)
    }
  }

  @Test func `measures each draw`() throws {
    let (samples, rates) = (samples(), 1e-3...3e-2)
    let table = try PerImageOverlapTable(PixelEvaluation(samples))
    #expect(table.isAnomalous == (0..<14).map { $0 % 2 == 0 })
    let bootstrap = Bootstrap(isAnomalous: table.isAnomalous, seed: 5)
    for draw in 0..<6 {
      let weights = bootstrap.weights(draw: draw)
      let drawn = weights.indices.flatMap { image in
        Array(repeating: samples[image], count: Int(weights[image]))
      }
      let exact = try #require(try PixelEvaluation(drawn).perImageOverlap(rates: rates)?.mean)
      #expect(exact > 0.1 && exact < 0.9)
      #expect(abs(table.mean(weights: weights, rates: rates) - exact) < 1e-3, "draw \(draw)")
    }
  }

  @Test func `holds the figure`() throws {
    let evaluation = try PixelEvaluation(samples())
    let mean = try #require(try evaluation.perImageOverlap(rates: 1e-3...3e-2)?.mean)
    let interval = try #require(try evaluation.perImageOverlapInterval(rates: 1e-3...3e-2))
    #expect(interval.low < mean && mean < interval.high)
    #expect(interval.low > 0 && interval.high < 1)
  }
}
