import Synchronization
import UninformedStudents

/// Smooths the figures of steps, which jump from batch to batch.
final class RunningAverages: Sendable {
  private let averages = Mutex<[String: Double]>([:])

  /// The progress with each figure averaged over about the last hundred steps.
  func averaged(_ progress: TrainingRun.Progress) -> TrainingRun.Progress {
    averages.withLock { averages in
      let figures = progress.figures.map { name, value in
        let before = averages[name] ?? value
        let average = before + (value - before) / 100
        averages[name] = average
        return (name: name, value: average)
      }
      return TrainingRun.Progress(
        phase: progress.phase, step: progress.step, steps: progress.steps, figures: figures)
    }
  }
}
