import Foundation
import Synchronization
import UninformedStudents

/// Progress on standard error: a bar on a terminal, a line now and then in a log.
final class ProgressDisplay: Sendable {
  private struct State {
    var phase = ""
    var start = ContinuousClock.now
    var first = 0
    var lastShown: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// Shows a step of a training.
  func show(_ progress: TrainingRun.Progress) {
    show(
      progress.phase, progress.step, progress.steps,
      progress.figures.map { "\($0.name) \(format($0.value))" }.joined(separator: ", "))
  }

  /// Shows how many of how many things are done.
  func show(_ phase: String, _ step: Int, _ steps: Int, _ figures: String = "") {
    state.withLock { state in
      if phase != state.phase {
        state = State(phase: phase, start: .now, first: step - 1)
      }
      let isLast = step == steps
      let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
      if let last = state.lastShown, ContinuousClock.now - last < interval, !isLast { return }
      state.lastShown = .now
      let elapsed = (ContinuousClock.now - state.start) / .seconds(1)
      let remaining = elapsed / Double(max(step - state.first, 1)) * Double(steps - step)
      let time =
        isLast
        ? "took \(duration(elapsed))" : step - state.first > 1 ? "\(duration(remaining)) left" : ""
      let parts = ["\(step)/\(steps)", figures, time].filter { !$0.isEmpty }
      write(phase, parts.joined(separator: ", "), Double(step) / Double(max(steps, 1)), isLast)
    }
  }

  private func write(_ phase: String, _ text: String, _ share: Double, _ isLast: Bool) {
    guard isTerminal else { return complain("\(phase): \(text)") }
    let filled = Int(min(max(share, 0), 1) * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    Terminal.write(
      "\r\u{1B}[K\(bar) \(shown("\(phase): \(text)"))" + (isLast ? "\n" : ""), to: .error)
  }
}

/// Seconds as people say them: `8 s`, `12 min`, `3 h 20 min`.
func duration(_ seconds: Double) -> String {
  // Also what is not finite.
  guard seconds < 1e8 else { return "years" }
  return switch seconds {
  case ..<90: "\(Int(max(seconds, 0).rounded())) s"
  case ..<5400: "\(Int((seconds / 60).rounded())) min"
  default: "\(Int(seconds / 3600)) h \(Int(seconds / 60) % 60) min"
  }
}

/// A number with three digits after the point.
func format(_ value: Double) -> String { String(format: "%.3f", value) }
