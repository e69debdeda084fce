public import Foundation
import Randomness
import Synchronization
public import UninformedStudents

/// Whether the images that come are still like those before: their scores like the good ones that the decision
/// was calibrated with, their light and focus like those that came first.
public struct Drift: Codable, Sendable {
  /// The model's name.
  public let model: String
  /// What tells it from others; another one starts again.
  public let fingerprint: String
  /// Whether any signal ever was alarming.
  public let isDrifting: Bool
  /// What is followed.
  public let signals: [Signal]
  /// How many of the last images were called anomalous, and of how many good ones that was promised at
  /// most.
  public let calledAnomalous: Proportion?
  /// The promised share of false alarms.
  public let falseAlarms: Double

  /// What can change.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// The scores of images that are called good, compared with the calibration and with each other.
    case score
    /// The mean of the pixels of all images, compared with those before.
    case brightness
    /// The variance of their Laplacian, compared with those before.
    case sharpness
  }

  /// One thing that is followed.
  public struct Signal: Codable, Sendable {
    /// What.
    public let kind: Kind
    /// How many images were compared.
    public let images: Int
    /// How strongly they speak against being like those before: 1 is not at all, and 100 is reached by chance
    /// in one history of a hundred.
    public let evidence: Double
    /// The most that it ever was.
    public let highestEvidence: Double
    /// Whether it ever was 100 or more.
    public let isDrifting: Bool
    /// The evidence as it went, at most some hundred points.
    public let course: [Point]
  }

  /// The evidence after an image.
  public struct Point: Codable, Sendable {
    /// The number of the inspection.
    public let inspection: Int64
    /// When.
    public let time: Date
    /// See ``Signal/evidence``.
    public let evidence: Double
  }
}

/// Follows one signal of one model.
private struct SignalMonitor: Sendable {
  let kind: Drift.Kind
  private var test: ExchangeabilityTest
  private var count = 0
  private var course: [Drift.Point] = []
  /// Every so many images are a point of the course.
  private var stride = 1

  private static let points = 400

  /// Nothing has come yet but some values before.
  init(_ kind: Drift.Kind, before: [Float] = []) {
    self.kind = kind
    test = ExchangeabilityTest(of: before)
  }

  var isDrifting: Bool { test.highestEvidence >= ExchangeabilityTest.alarm }

  mutating func add(_ value: Float, _ image: History.Measurement) {
    // The same after a restart.
    let stream = Drift.Kind.allCases.firstIndex(of: kind) ?? 0
    var random = SeededGenerator(seed: UInt64(image.id), stream: UInt64(stream))
    test.add(value, tie: Double.random(in: 0...1, using: &random))
    count += 1
    guard count.isMultiple(of: stride) else { return }
    course.append(
      Drift.Point(inspection: image.id, time: image.time, evidence: test.evidence))
    if course.count > Self.points {
      course = course.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
      stride *= 2
    }
  }

  var signal: Drift.Signal {
    Drift.Signal(
      kind: kind, images: count, evidence: test.evidence, highestEvidence: test.highestEvidence,
      isDrifting: isDrifting, course: course)
  }
}

/// Follows one model.
struct DriftMonitor: Sendable {
  private let model: String
  private let fingerprint: String
  private let threshold: Calibration.Threshold
  /// Scores below it are watched.
  private let limit: Float
  private var signals: [SignalMonitor]
  /// Whether each of the last images was called anomalous.
  private var lastCalled: [Bool] = []

  private static let lastCount = 1000

  /// Nothing has come yet.
  init(_ served: ServedModel) {
    model = served.name
    fingerprint = served.fingerprint
    let threshold = served.threshold
    self.threshold = threshold
    // Below the score that gave the threshold: given that one, those below it and what comes below it are
    // drawn alike, although what lies above is left out.
    let scores = served.inspector.calibration.scores
    let limit = scores.last { $0 <= threshold.score } ?? threshold.score
    self.limit = limit
    let good = scores.filter { $0 < limit }
    signals = [
      SignalMonitor(.score, before: good), SignalMonitor(.brightness), SignalMonitor(.sharpness),
    ]
  }

  /// Takes what was measured in the next image of the model.
  ///
  /// - Returns: What is alarming now and was not before.
  mutating func add(_ image: History.Measurement) -> [Drift.Kind] {
    lastCalled.append(image.isAnomalous)
    if lastCalled.count > Self.lastCount { lastCalled.removeFirst() }
    var alarms: [Drift.Kind] = []
    for place in signals.indices {
      let value: Float? =
        switch signals[place].kind {
        case .score: image.score < limit ? image.score : nil
        case .brightness: image.appearance.map { Float($0.brightness) }
        case .sharpness: image.appearance.map { Float($0.sharpness) }
        }
      guard let value else { continue }
      let was = signals[place].isDrifting
      signals[place].add(value, image)
      if signals[place].isDrifting && !was { alarms.append(signals[place].kind) }
    }
    return alarms
  }

  /// What was found so far.
  var drift: Drift {
    Drift(
      model: model, fingerprint: fingerprint, isDrifting: signals.contains(where: \.isDrifting),
      signals: signals.map(\.signal),
      calledAnomalous: lastCalled.isEmpty
        ? nil : Proportion(lastCalled.count { $0 }, of: lastCalled.count),
      falseAlarms: threshold.falseAlarms)
  }

  /// Whether an inspection is of the model that is followed.
  func follows(_ inspection: StoredInspection) -> Bool {
    inspection.record.model == fingerprint
  }
}

/// The monitors of all models.
final class DriftMonitors: Sendable {
  private let monitors = Mutex<[String: DriftMonitor]>([:])
  /// How many of the latest inspections are used.
  private static let past = 50_000

  /// Follows a model from what the history knows of it.
  func follow(_ served: ServedModel, _ history: History) async throws {
    var monitor = DriftMonitor(served)
    let past = try await history.measurements(
      Self.past, of: served.name, by: served.fingerprint)
    for image in past { _ = monitor.add(image) }
    monitors.withLock { $0[served.name] = monitor }
  }

  /// Takes what was found in the next image; gives what is alarming now and was not before.
  func add(_ inspection: StoredInspection) -> [Drift.Kind] {
    guard let measurement = inspection.measurement else { return [] }
    return monitors.withLock { monitors in
      guard monitors[inspection.model]?.follows(inspection) ?? false else { return [] }
      return monitors[inspection.model]?.add(measurement) ?? []
    }
  }

  var drifts: [Drift] {
    monitors.withLock { $0.values.map(\.drift) }.sorted { $0.model < $1.model }
  }
}
