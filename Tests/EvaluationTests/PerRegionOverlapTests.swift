import Evaluation
import TestSupport
import Testing

@Suite struct `Per-region overlap` {
  /// Threshold by threshold, image by image, with nothing shared with what it checks.
  private func slowOverlap(_ samples: [(scores: [Float], mask: [Bool], width: Int)]) -> Double {
    let thresholds = Set(samples.flatMap(\.scores)).sorted(by: >)
    var points = [(0.0, 0.0)]
    for threshold in thresholds {
      var (falsePositives, normal) = (0.0, 0.0)
      var overlaps: [Double] = []
      for (scores, mask, width) in samples {
        for (score, isAnomalous) in zip(scores, mask) where !isAnomalous {
          normal += 1
          falsePositives += score >= threshold ? 1 : 0
        }
        for region in slowRegions(mask, width: width) {
          overlaps.append(Double(region.count { scores[$0] >= threshold }) / Double(region.count))
        }
      }
      points.append((falsePositives / normal, overlaps.reduce(0, +) / Double(overlaps.count)))
    }
    var area = 0.0
    for (from, to) in zip(points, points.dropFirst()) where from.0 < 0.3 {
      let end = min(0.3, to.0)
      let share = to.0 > from.0 ? (end - from.0) / (to.0 - from.0) : 1
      area += (end - from.0) * (from.1 + from.1 + (to.1 - from.1) * share) / 2
    }
    return area / 0.3
  }

  /// Merges touching pixels until nothing changes.
  private func slowRegions(_ mask: [Bool], width: Int) -> [[Int]] {
    var names = mask.indices.map { mask[$0] ? $0 : -1 }
    var changed = true
    while changed {
      changed = false
      for a in mask.indices where mask[a] {
        for b in mask.indices
        where mask[b] && abs(a / width - b / width) <= 1 && abs(a % width - b % width) <= 1 {
          if names[a] > names[b] {
            names[a] = names[b]
            changed = true
          }
        }
      }
    }
    return Set(names.filter { $0 >= 0 }).map { name in mask.indices.filter { names[$0] == name } }
  }

  @Test(arguments: 1...8)
  func `equals the slow definition`(seed: Int) throws {
    var random = SystemlessGenerator(state: UInt64(seed))
    let samples = (0..<4).map { number in
      let scores = (0..<7 * 9).map { _ in Float(Int.random(in: 0...15, using: &random)) }
      let mask = scores.map {
        number > 0 && Int.random(in: 0...20, using: &random) < 3 + Int($0) / 4
      }
      return (scores: scores, mask: mask, width: 9)
    }
    let evaluation = try PixelEvaluation(
      samples.enumerated().map { number, sample in
        .init(height: 7, width: 9, scores: sample.scores, mask: number > 0 ? sample.mask : nil)
      })
    let area = try evaluation.perRegionOverlap().area(upTo: 0.3)
    #expect(abs(area - slowOverlap(samples)) < 1e-12)
  }

  @Test func `is 1 where all defects stand out`() throws {
    let evaluation = try PixelEvaluation([
      .init(height: 1, width: 4, scores: [9, 1, 2, 8], mask: [true, false, false, true])
    ])
    #expect(try evaluation.perRegionOverlap().area(upTo: 0.3) == 1)
  }

  /// A straight line from (0, 0) to (1, 1): 0.15 on average up to 0.3.
  @Test func `follows the line through one tie`() throws {
    let evaluation = try PixelEvaluation([
      .init(height: 1, width: 2, scores: [5, 5], mask: [true, false])
    ])
    #expect(abs(try evaluation.perRegionOverlap().area(upTo: 0.3) - 0.15) < 1e-12)
  }

  /// Half of the large region and all of the small one: large regions do not outvote small ones.
  @Test func `gives each region the same weight`() throws {
    let evaluation = try PixelEvaluation([
      .init(
        height: 1, width: 7, scores: [9, 9, 1, 1, 2, 9, 2],
        mask: [true, true, true, true, false, true, false])
    ])
    let curve = try evaluation.perRegionOverlap()
    #expect(curve.points[1] == CurvePoint(x: 0, y: 0.75))
  }

  @Test func `refuses what has no answer`() {
    #expect(throws: EvaluationError.oneClass("anomalous regions")) {
      try PixelEvaluation([.init(height: 1, width: 1, scores: [1], mask: nil)]).perRegionOverlap()
    }
    #expect(throws: EvaluationError.oneClass("normal pixels")) {
      try PixelEvaluation([.init(height: 1, width: 1, scores: [1], mask: [true])])
        .perRegionOverlap()
    }
  }

  /// As if they were not there: the second region is halved, and the third is gone.
  @Test func `leaves ignored pixels out, normal or not`() throws {
    let marks = "0110220303".map { UInt8(String($0)) ?? 0 }
    let isIgnored = "0000010111".map { $0 == "1" }
    let scores: [Float] = [3, 9, 1, 7, 4, 10, 2, 8, 11, 12]
    let rest = isIgnored.indices.filter { !isIgnored[$0] }
    let evaluation = try PixelEvaluation([
      .init(height: 1, width: 10, scores: scores, kinds: marks, isIgnored: isIgnored),
      .init(height: 1, width: 10, scores: scores, kinds: nil, isIgnored: isIgnored),
    ])
    let expected = try PixelEvaluation([
      .init(
        height: 1, width: rest.count, scores: rest.map { scores[$0] }, kinds: rest.map { marks[$0] }
      ),
      .init(height: 1, width: rest.count, scores: rest.map { scores[$0] }, kinds: nil),
    ])
    #expect(try evaluation.roc() == expected.roc())
    #expect(try evaluation.perRegionOverlap() == expected.perRegionOverlap())
    #expect(
      try evaluation.perImageOverlap(rates: 0.1...0.4) == expected.perImageOverlap(rates: 0.1...0.4)
    )
    #expect(try evaluation.intervals(upTo: 0.3) == expected.intervals(upTo: 0.3))
  }
}
