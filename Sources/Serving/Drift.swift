public import Foundation
import Randomness
import Synchronization
public import UninformedStudents

/// Whether the images that come still score like the good ones that the decision was calibrated with.
public struct Drift: Codable, Sendable {
  /// The model's name.
  public let model: String
  /// What tells it from others; another one starts again.
  public let fingerprint: String
  /// How many images were compared: those called good.
  public let images: Int
  /// How strongly their scores speak against being like those of the calibration: 1 is not at all, and 100
  /// is reached by chance in one history of a hundred.
  public let evidence: Double
  /// The most that it ever was.
  public let highestEvidence: Double
  /// Whether it ever was 100 or more.
  public let isDrifting: Bool
  /// How many of the last images were called anomalous, and of how many good ones that was promised at
  /// most.
  public let calledAnomalous: Proportion?
  /// The promised share of false alarms.
  public let falseAlarms: Double
  /// The evidence as it went, at most some hundred points.
  public let course: [Point]

  /// The evidence after an image.
  public struct Point: Codable, Sendable {
    /// The number of the inspection.
    public let inspection: Int64
    /// When.
    public let time: Date
    /// See ``Drift/evidence``.
    public let evidence: Double
  }
}

/// Follows the scores of one model.
struct DriftMonitor: Sendable {
  private let model: String
  private let fingerprint: String
  private let threshold: Calibration.Threshold
  private var test: ExchangeabilityTest
  private var count = 0
  /// Whether each of the last images was called anomalous.
  private var lastCalled: [Bool] = []
  private var course: [Drift.Point] = []
  /// Every so many images are a point of the course.
  private var stride = 1

  private static let lastCount = 1000
  private static let points = 400

  /// Nothing has come yet.
  init(_ served: ServedModel) {
    let calibration = served.inspector.calibration
    model = served.name
    fingerprint = served.fingerprint
    let threshold = calibration.threshold(falseAlarms: served.falseAlarms)
    self.threshold = threshold
    // Below the threshold, which is one of the scores: given that one, those below it and what comes below it
    // are drawn alike, although what lies above is left out.
    test = ExchangeabilityTest(of: calibration.scores.filter { $0 < threshold.score })
  }

  /// Takes what was found in the next image.
  mutating func add(_ inspection: StoredInspection) {
    guard inspection.record.model == fingerprint, let id = inspection.id else { return }
    lastCalled.append(inspection.record.decision == .anomalous)
    if lastCalled.count > Self.lastCount { lastCalled.removeFirst() }
    guard inspection.record.score < threshold.score else { return }
    // The same after a restart.
    var random = SeededGenerator(seed: UInt64(id), stream: 0)
    test.add(inspection.record.score, tie: Double.random(in: 0...1, using: &random))
    count += 1
    guard count.isMultiple(of: stride) else { return }
    course.append(
      Drift.Point(inspection: id, time: inspection.time, evidence: test.evidence))
    if course.count > Self.points {
      course = course.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
      stride *= 2
    }
  }

  /// What was found so far.
  var drift: Drift {
    Drift(
      model: model, fingerprint: fingerprint, images: count, evidence: test.evidence,
      highestEvidence: test.highestEvidence,
      isDrifting: test.highestEvidence >= ExchangeabilityTest.alarm,
      calledAnomalous: lastCalled.isEmpty
        ? nil : Proportion(lastCalled.count { $0 }, of: lastCalled.count),
      falseAlarms: threshold.falseAlarms, course: course)
  }
}

/// The monitors of all models.
final class DriftMonitors: Sendable {
  private let monitors = Mutex<[String: DriftMonitor]>([:])
  /// How many inspections of the past are looked at, the latest.
  private static let past = 50_000

  /// Follows a model from what the history knows of it.
  func follow(_ served: ServedModel, _ history: History) async throws {
    var monitor = DriftMonitor(served)
    for inspection in try await history.latest(Self.past, of: served.name, by: served.fingerprint) {
      monitor.add(inspection)
    }
    monitors.withLock { $0[served.name] = monitor }
  }

  func add(_ inspection: StoredInspection) {
    monitors.withLock { $0[inspection.model]?.add(inspection) }
  }

  var drifts: [Drift] {
    monitors.withLock { $0.values.map(\.drift) }.sorted { $0.model < $1.model }
  }
}
