import Foundation
import Randomness
import ServingFixture
import Synchronization
import TestSupport
import Testing

@testable import Serving

@Suite struct `The drift of what comes` {
  /// Normal numbers, in tenths, so that many are equal.
  private static func number(_ random: inout SeededGenerator, shift: Double = 0) -> Float {
    let uniform = { (random: inout SeededGenerator) in Double.random(in: 1e-12...1, using: &random)
    }
    let normal = (-2 * log(uniform(&random))).squareRoot() * cos(2 * .pi * uniform(&random))
    return Float(((normal + shift) * 10).rounded() / 10)
  }

  /// The highest evidence of a history: some calibration scores, and images that score higher by a shift
  /// from a certain one on.
  ///
  /// What is above the threshold is left out, as the monitor does.
  private static func highest(_ seed: UInt64, images: Int, shift: Double, from start: Int) -> Double
  {
    var random = SeededGenerator(seed: seed, stream: 3)
    let calibration = (0..<30).map { _ in number(&random) }.sorted()
    let threshold = calibration[28]
    var test = ExchangeabilityTest(of: calibration.filter { $0 < threshold })
    for image in 0..<images {
      let score = number(&random, shift: image < start ? 0 : shift)
      guard score < threshold else { continue }
      test.add(score, tie: Double.random(in: 0...1, using: &random))
    }
    return test.highestEvidence
  }

  /// The promise: of histories in which nothing changes, 1 in 100 at most is ever called drifting.
  @Test func `is seen by chance in one history of a hundred at most`() {
    let alarms = (0..<2000).count {
      Self.highest(UInt64($0), images: 400, shift: 0, from: 0) >= ExchangeabilityTest.alarm
    }
    // 20 are promised on average at the most; 34 are more than 3 deviations above that.
    #expect(alarms <= 34, "\(alarms) of 2000")
    #expect(alarms > 0)
  }

  @Test(arguments: [0.8, -0.8])
  func `is seen where scores change`(shift: Double) {
    let alarms = (0..<100).count {
      Self.highest(UInt64($0), images: 600, shift: shift, from: 100) >= ExchangeabilityTest.alarm
    }
    #expect(alarms >= 90, "\(alarms) of 100")
  }

  /// The capital by the definition, with all ranks counted again.
  @Test func `is what the gamblers win`() {
    var random = SeededGenerator(seed: 5, stream: 0)
    var seen = (0..<7).map { _ in Self.number(&random) }
    var test = ExchangeabilityTest(of: seen)
    var capital = [-1.0: 1.0 / 3, 0: 1.0 / 3, 1: 1.0 / 3]
    for _ in 0..<60 {
      let (score, tie) = (
        Self.number(&random, shift: 0.5), Double.random(in: 0...1, using: &random)
      )
      let above = seen.count { $0 > score }
      let equal = seen.count { $0 == score } + 1
      let share = (Double(above) + tie * Double(equal)) / Double(seen.count + 1)
      let all = capital.values.reduce(0, +)
      for (lean, amount) in capital {
        capital[lean] = (0.99 * amount + 0.01 / 3 * all) * (1 + lean * (share - 0.5))
      }
      seen.append(score)
      test.add(score, tie: tie)
      #expect(abs(test.evidence / capital.values.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test func `goes on after a restart, and starts again with another model`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      for seed in 0..<6 {
        _ = try await service.inspect(
          Submission(bytes: ServiceFixture.image(UInt64(seed), isDefective: seed == 2), name: "a"),
          by: "part")
      }
      let drift = try #require(service.drifts.first)
      #expect(drift.calledAnomalous?.of == 6 && !drift.isDrifting)
      #expect(drift.signals.map(\.kind) == Drift.Kind.allCases)
      for signal in drift.signals {
        #expect(signal.kind == .score ? (1...5).contains(signal.images) : signal.images == 6)
        #expect(signal.course.count == signal.images)
        #expect(signal.course.last?.evidence == signal.evidence)
      }
      let model = try service.model("part")
      let again = try await InspectionService([model], folder: "\(folder)/data")
      #expect(again.drifts.first?.signals.map(\.evidence) == drift.signals.map(\.evidence))
      let trained = model.inspector.model
      try trained.leavingOut([trained.calibration.images[0].name])
        .write(to: "\(folder)/other.students")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/other.students"))
      _ = try await again.replace("part", by: bytes)
      #expect(again.drifts.first?.signals.map(\.images) == [0, 0, 0])
    }
  }

  /// Light that changes, scores that do not.
  @Test func `tells what has changed, once`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await ServedModel(
        contentsOf: ServiceFixture.model(in: folder), name: "part", on: .cpu, falseAlarms: nil)
      var monitor = DriftMonitor(model)
      var random = SeededGenerator(seed: 3, stream: 0)
      let scores = model.inspector.calibration.scores
      var alarms: [Drift.Kind] = []
      for number in 1...300 {
        let brightness = Double.random(in: 0.4...0.42, using: &random) + (number > 150 ? 0.01 : 0)
        alarms += monitor.add(
          History.Measurement(
            id: Int64(number), time: Date(), isAnomalous: false,
            score: scores[Int.random(in: 0..<scores.count, using: &random)],
            appearance: Appearance(
              brightness: brightness, sharpness: Double.random(in: 1...2, using: &random))))
      }
      #expect(alarms == [.brightness])
      #expect(monitor.drift.isDrifting)
      #expect(monitor.drift.signals.filter(\.isDrifting).map(\.kind) == [.brightness])
    }
  }

  @Test func `is told to sinks`() async throws {
    try await withTemporaryFolder { folder in
      let told = Mutex<[Data]>([])
      let (all, some) = (Told { json in told.withLock { $0.append(json) } }, Told(nil))
      var settings = InspectionService.Settings()
      settings.sinks = [all, some]
      let service = try await ServiceFixture.service(in: folder, settings)
      try await service.warn(of: .brightness, model: "part")
      let delivering = Task { try await service.deliver(to: all) { _ in } }
      #expect(try await comesTrue { try await service.history.undelivered() == 0 })
      delivering.cancel()
      _ = await delivering.result
      let json = try #require(
        try JSONSerialization.jsonObject(with: told.withLock { $0 }[0]) as? [String: Any])
      #expect(json["event"] as? String == "drift" && json["signal"] as? String == "brightness")
      #expect((json["drift"] as? [String: Any])?["model"] as? String == "part")
    }
  }

  /// Hands on what it is told; nil is told of anomalous images alone.
  private struct Told: Sink {
    let name: String
    let onlyAnomalous: Bool
    let take: @Sendable (Data) -> Void

    init(_ take: (@Sendable (Data) -> Void)?) {
      (name, onlyAnomalous) = (take == nil ? "some" : "all", take == nil)
      self.take = take ?? { _ in Issue.record("not asked for") }
    }

    func deliver(_ json: Data, image: String?) async throws { take(json) }
  }
}
