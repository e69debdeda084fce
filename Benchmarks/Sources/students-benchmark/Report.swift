import Foundation
import Tensors
import UninformedStudents

/// What was measured: alternatives that did the same work, turn about.
struct Comparison: Encodable {
  struct Alternative: Encodable {
    let name: String
    /// The median.
    let seconds: Double
  }

  /// So many things, such as images.
  struct Amount: Encodable {
    let count: Int
    let unit: String
  }

  let name: String
  /// Ours last.
  let alternatives: [Alternative]
  /// Multiplications and additions that the definition of the work asks for, in 10⁹; nil where they
  /// say nothing.
  let gigaflop: Double?
  /// What the work goes through; nil where it is a single thing.
  let amount: Amount?

  /// Times alternatives turn about, so that they meet the same machine.
  ///
  /// Each is done once more before it is timed, as one maps picture after picture: memory that
  /// the alternative before used for other sizes need not be cleared then.
  ///
  /// - Parameters:
  ///   - name: Of the work.
  ///   - rounds: How often each is done.
  ///   - gigaflop: Operations that the definition of the work asks for, in 10⁹.
  ///   - amount: What the work goes through.
  ///   - settles: Whether work is done once more before it is timed.
  ///   - alternatives: Names and work, ours last.
  /// - Throws: What the work throws.
  init(
    _ name: String, rounds: Int = 5, gigaflop: Double? = nil, amount: Amount? = nil,
    settles: Bool = true, _ alternatives: [(name: String, work: () throws -> Void)]
  ) throws {
    var times = alternatives.map { _ in [Double]() }
    for _ in 0..<rounds {
      for (place, alternative) in alternatives.enumerated() {
        if settles { try alternative.work() }
        times[place].append(try seconds(alternative.work))
      }
    }
    self.name = name
    self.gigaflop = gigaflop
    self.amount = amount
    self.alternatives = zip(alternatives, times).map {
      Alternative(name: $0.name, seconds: $1.sorted()[rounds / 2])
    }
  }

  /// One line, and how far ours is from what the machine could do by definition.
  func line(peak: Double) -> String {
    let ours = alternatives.last?.seconds ?? 0
    let columns = alternatives.map { alternative in
      String(format: "%@ %.1f ms", alternative.name, alternative.seconds * 1000)
        + (alternative.seconds == ours
          ? "" : String(format: " (%.2f ×)", alternative.seconds / ours))
    }
    let share = gigaflop.map {
      String(format: "  ours %.0f %% of the peak by definition", 100e9 * $0 / ours / peak)
    }
    let rate = amount.map { amount in
      "  \(amount.unit)/s: "
        + alternatives.map { String(format: "%.1f", Double(amount.count) / $0.seconds) }
        .joined(separator: ", ")
    }
    return name.padding(toLength: 30, withPad: " ", startingAt: 0)
      + columns.joined(separator: "  ") + (share ?? "") + (rate ?? "")
  }
}

/// All that one run measured.
struct Report: Encodable {
  var machine = Machine()
  var comparisons: [Comparison] = []
  var peakMiB = 0
}

/// Where it was measured.
struct Machine: Encodable {
  var threads = Runtime.threads
  var libtorch = Runtime.libtorchVersion
  /// Floating-point operations a second of a loop in registers.
  var peak = 0.0
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try work()
  return (ContinuousClock.now - start) / .seconds(1)
}

/// The most memory that the process ever held.
func peakMiB() -> Int {
  var usage = rusage()
  #if os(Linux)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss / (1024 * 1024)
  #endif
}

/// Results that must be the same, and are not.
struct Disagreement: Error, CustomStringConvertible {
  let description: String

  /// Throws where tensors differ by more than a part of their spread.
  static func check(
    _ a: Tensor, _ b: Tensor, within tolerance: Float = 1e-3, _ name: String
  ) throws {
    guard a.shape == b.shape else {
      throw Disagreement(description: "\(name): shapes \(a.shape) and \(b.shape)")
    }
    let error = try (a - b).magnitude().largest().scalar()
    let spread = try a.squared().mean().squareRoot().scalar()
    guard error < tolerance * spread else {
      throw Disagreement(description: "\(name): results differ by \(error) of \(spread)")
    }
  }
}
