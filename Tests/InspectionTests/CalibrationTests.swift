import AnomalyDetection
import Files
import Foundation
import Inspection
import TestSupport
import Testing

@Suite struct `The calibration of decisions` {
  private let ten = Calibration(scores: (1...10).map(Float.init))

  /// Of 11 equally likely places among 10 scores, one lies above the highest.
  @Test func `takes the rank that the rate allows`() {
    let cases: [(asked: Double, score: Float, promised: Int)] = [
      (0, 10, 1), (0.01, 10, 1), (1.0 / 11, 10, 1), (2.0 / 11, 9, 2), (0.25, 9, 2), (0.5, 6, 5),
      (1, 1, 10),
    ]
    for (asked, score, promised) in cases {
      let threshold = ten.threshold(falseAlarms: asked)
      #expect(abs(threshold.score - score * 1.0001) < 1e-5, "asked for \(asked)")
      #expect(abs(threshold.falseAlarms - Double(promised) / 11) < 1e-12)
    }
  }

  @Test func `says what so few images can promise`() {
    #expect(ten.leastFalseAlarms == 1.0 / 11)
    #expect(Calibration(scores: [3]).threshold(falseAlarms: 0.01).falseAlarms == 0.5)
  }

  @Test func `gives the share of good images at least as anomalous`() {
    #expect(ten.pValue(of: 11) == 1.0 / 11)
    #expect(ten.pValue(of: 10) == 2.0 / 11)
    #expect(ten.pValue(of: 0) == 1)
    #expect(ten.pValue(of: .infinity) == 1.0 / 11)
  }

  /// The decision and the p-value are two readings of one thing.
  @Test func `calls anomalous what has a p-value within the rate`() {
    for rate in stride(from: 0.05, through: 0.95, by: 0.05) {
      let threshold = ten.threshold(falseAlarms: rate)
      for score in stride(from: Float(0.5), to: 11, by: 0.25) {
        #expect(
          (score > threshold.score) == (ten.pValue(of: score) <= threshold.falseAlarms + 1e-9))
      }
    }
  }

  /// Where another machine rounds its score up, the good image that gave the threshold stays good; the next
  /// one does not become good.
  @Test(arguments: [[-3, -2.9999, 1, 1.00001, 1.5], [4, 4, 4], [0, 0, 7]] as [[Float]])
  func `decides a little above a good image`(scores: [Float]) {
    let calibration = Calibration(scores: scores)
    for rate in [0, 0.3, 0.5, 0.9, 1] {
      let threshold = calibration.threshold(falseAlarms: rate)
      let rank = Int((threshold.falseAlarms * Double(scores.count + 1)).rounded())
      let score = scores.sorted(by: >)[rank - 1]
      #expect(threshold.score >= score && threshold.score <= score + 1.01e-4 * abs(score))
      for next in scores where next > score { #expect(threshold.score < next) }
      #expect(calibration.pValue(of: threshold.score) > threshold.falseAlarms)
      #expect(calibration.pValue(of: threshold.score.nextUp) <= threshold.falseAlarms + 1e-9)
    }
  }

  /// The promise itself: over many draws of calibration and new images, false alarms stay below.
  @Test(arguments: [(9, 0.1), (19, 0.1), (50, 0.2)])
  func `keeps its promise`(count: Int, rate: Double) {
    var random = SystemlessGenerator(state: 7)
    var alarms = 0
    let rounds = 20_000
    for _ in 0..<rounds {
      let draw = { Float.random(in: 0..<1, using: &random) }
      let calibration = Calibration(scores: (0..<count).map { _ in draw() })
      alarms += draw() > calibration.threshold(falseAlarms: rate).score ? 1 : 0
    }
    // Four deviations of a binomial count.
    let slack = 4 * (rate * (1 - rate) / Double(rounds)).squareRoot()
    #expect(Double(alarms) / Double(rounds) < rate + slack)
    #expect(Double(alarms) / Double(rounds) > rate / 2)
  }

  /// The least rate that can be promised, but never less than 1 in 100.
  @Test func `chooses a rate that it can promise`() {
    #expect(ten.defaultFalseAlarms == 1.0 / 11)
    #expect(ten.threshold() == ten.threshold(falseAlarms: 1.0 / 11))
    let many = Calibration(scores: (1...500).map(Float.init))
    #expect(many.defaultFalseAlarms == 0.01)
    #expect(abs(many.threshold().score - 496 * 1.0001) < 1e-3)
  }

  /// Of ten calibration images, the highest score is exceeded by a share of good images that is
  /// distributed as Beta(1, 10).
  @Test func `says what one calibration may really give`() {
    let most = 1 - pow(0.05, 0.1)
    #expect(abs(ten.threshold().falseAlarmsAtMost - most) < 1e-9)
    #expect(ten.threshold(falseAlarms: 0.5).falseAlarmsAtMost > 0.5)
  }

  @Test func `names the images that score unusually`() {
    let scores: [Float] = [5, 5.2, 4.9, 5.1, 5.3, 4.8, 9]
    let calibration = Calibration(scores: scores)
    #expect(calibration.suspects.map(\.name) == ["image 6"])
    // Median 5.1, median distance .2 (of .3 .2 .2 .1 .1 0 3.9), in deviations of 1.4826 times that.
    let deviations = 3.9 / (1.4826 * 0.2)
    #expect(abs((calibration.suspects.first?.deviations ?? 0) - deviations) < 1e-4)
    #expect(Calibration(scores: Array(scores.dropLast())).suspects.isEmpty)
    #expect(Calibration(scores: [1, 1, 1, 1, 1]).suspects.isEmpty)
    // Three images do not tell what is usual, however far one lies.
    #expect(Calibration(scores: [1, 1.1, 1.2, 99]).suspects.isEmpty)
  }

  @Test func `leaves out images by their names`() throws {
    let image = { (name: String, score: Float) in
      Calibration.ScoredImage(name: name, score: score, mean: 0)
    }
    let calibration = Calibration([image("a/1.png", 1), image("b/1.png", 2), image("b/2.png", 3)])
    #expect(try calibration.leavingOut(["2.png"]).scores == [1, 2])
    #expect(try calibration.leavingOut(["b/1.png", "2.png"]).scores == [1])
    let names = ["a/1.png", "b/1.png", "b/2.png"]
    #expect(throws: CalibrationError.noSuchImage(".png", among: names)) {
      try calibration.leavingOut([".png"])
    }
    #expect(
      try calibration.leavingOut(["1.png", "b/1.png"]).scores
        == calibration.leavingOut(["1.png"]).scores)
    #expect(throws: CalibrationError.noneLeft) { try calibration.leavingOut(["1.png", "2.png"]) }
  }

  /// Pixels are marked above what as many good images reach with their highest pixel as with their score.
  @Test func `has a level of its own for pixels`() {
    let peaks: [Float] = [30, 10, 50, 20, 40]
    let calibration = Calibration(
      peaks.enumerated().map {
        .init(name: "\($0.offset)", score: Float($0.offset), mean: 0, peak: $0.element)
      }, scoring: ImageScoring(topShare: 0.01))
    for (rank, peak) in peaks.sorted(by: >).enumerated() {
      let threshold = calibration.threshold(falseAlarms: Double(rank + 1) / 6)
      #expect(abs(threshold.pixel - peak * 1.0001) < 1e-4)
      #expect(abs(threshold.score - Float(4 - rank) * 1.0001) < 1e-4)
    }
    // Of a single pixel the score is the peak.
    #expect(ten.threshold().pixel == ten.threshold().score)
  }

  /// A fingerprint is made of what is written, and that of a model stays.
  @Test func `is written as older versions did where a score is that of one pixel`() throws {
    let old =
      #"{"images":[{"mean":0.5,"name":"a","score":1},{"mean":0.5,"name":"b","score":2}],"kind":"heldOut","#
      + #""precision":"fp32"}"#
    let read = try JSONDecoder().decode(Calibration.self, from: Data(old.utf8))
    #expect(read.scoring == ImageScoring(topShare: 0) && read.images.map(\.peak) == [1, 2])
    #expect(try read.json() == old)
    let new = Calibration(
      [.init(name: "a", score: 1, mean: 0.5, peak: 3)], scoring: ImageScoring(topShare: 0.01),
      density: .full)
    let again = try JSONDecoder().decode(Calibration.self, from: Data(new.json().utf8))
    #expect(again == new && again.threshold() == new.threshold())
    let outstanding = Calibration(
      new.images, scoring: ImageScoring(topShare: 0.01, surroundings: 2.5))
    #expect(
      try JSONDecoder().decode(Calibration.self, from: Data(outstanding.json().utf8)) == outstanding
    )
    for share in ["-0.1", "1.5"] {
      let wrong = old.replacing("\"kind\"", with: "\"topShare\":\(share),\"kind\"")
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Calibration.self, from: Data(wrong.utf8))
      }
    }
  }

  @Test func `refuses to be read from nonsense`() throws {
    let read = { (scores: [String], mean: String) in
      let images = scores.map { #"{"name":"a","score":\#($0),"mean":\#(mean)}"# }
      let text =
        #"{"kind":"heldOut","precision":"fp32","images":[\#(images.joined(separator: ","))]}"#
      return try JSONDecoder().decode(Calibration.self, from: Data(text.utf8))
    }
    #expect(try read(["1", "2"], "0").scores == [1, 2])
    for scores in [[], ["2", "1"], ["1e60"], ["null"]] {
      #expect(throws: DecodingError.self) { try read(scores, "0") }
    }
    #expect(throws: DecodingError.self) { try read(["1"], "1e60") }
  }
}

extension Calibration {
  /// A calibration of these scores.
  init(scores: [Float]) {
    self.init(
      scores.enumerated().map {
        ScoredImage(name: "image \($0.offset)", score: $0.element, mean: $0.element / 2)
      })
  }
}
