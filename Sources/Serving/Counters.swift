import Synchronization
import UninformedStudents

/// What was counted since the service started.
public final class Counters: Sendable {
  /// The upper ends of the classes of seconds.
  public static let secondsBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  /// Of one model.
  public struct Tally: Sendable {
    /// Images called good.
    public internal(set) var good = 0
    /// Images called anomalous.
    public internal(set) var anomalous = 0
    /// How many took up to each of ``Counters/secondsBounds``, and longer than all.
    public internal(set) var seconds = [Int](repeating: 0, count: secondsBounds.count + 1)
    /// The sum of all.
    public internal(set) var secondsSum = 0.0
    /// The score of the last one.
    public internal(set) var lastScore: Float = 0
  }

  /// All that is counted.
  public struct Values: Sendable {
    /// By the model's name.
    public internal(set) var models: [String: Tally] = [:]
    /// Images that the full queue turned away.
    public internal(set) var turnedAway = 0
    /// Images that could not be inspected.
    public internal(set) var failed = 0
  }

  private let counted = Mutex(Values())

  /// What was counted so far.
  public var values: Values { counted.withLock { $0 } }

  func inspected(_ inspection: StoredInspection, seconds: Double) {
    counted.withLock { counted in
      var tally = counted.models[inspection.model] ?? Tally()
      if inspection.record.decision == .good { tally.good += 1 } else { tally.anomalous += 1 }
      let place = Self.secondsBounds.firstIndex { seconds <= $0 } ?? Self.secondsBounds.count
      tally.seconds[place] += 1
      tally.secondsSum += seconds
      tally.lastScore = inspection.record.score
      counted.models[inspection.model] = tally
    }
  }

  func failed(_ isTurnedAway: Bool) {
    counted.withLock { counted in
      if isTurnedAway { counted.turnedAway += 1 } else { counted.failed += 1 }
    }
  }
}
