import Files
public import Foundation
import Synchronization

/// A command that is run for each image, by the shell: the inspection as JSON on its standard input, the image's
/// file in `STUDENTS_IMAGE`.
public struct CommandHook: Sink {
  /// The command.
  public let command: String
  /// Whether it is told of anomalous images alone.
  public let onlyAnomalous: Bool
  private let seconds: Double

  /// A command.
  ///
  /// - Parameters:
  ///   - command: As the shell reads it.
  ///   - onlyAnomalous: Whether it is run for anomalous images alone.
  ///   - seconds: How long it may take; it is killed then, with all that it has started.
  public init(_ command: String, onlyAnomalous: Bool = true, seconds: Double = 30) {
    (self.command, self.onlyAnomalous, self.seconds) = (command, onlyAnomalous, seconds)
  }

  /// What tells it from others.
  public var name: String { "command \(command)" }

  /// Tells it.
  ///
  /// - Parameters:
  ///   - json: The inspection as the API tells it.
  ///   - image: The file of the image; nil where it is deleted.
  /// - Throws: Where it was not told.
  public func deliver(_ json: Data, image: String?) async throws {
    // A file, as a command that does not read a pipe would stop who writes into it.
    let input = NSTemporaryDirectory() + "students-\(UUID().uuidString).json"
    try AtomicFile.write(json + Data("\n".utf8), to: input)
    defer { withSystemPath(input) { _ = unlink($0) } }
    let running = try ShellCommand(
      command, input: input, environment: ["STUDENTS_IMAGE": image ?? ""])
    // Neither waits for a task: those wait for others where all threads are at work, and a command that has ended
    // by itself in its time was not late, whenever its end is looked at.
    let state = Mutex((hasEnded: false, isLate: false))
    let killer = DispatchWorkItem {
      state.withLock {
        guard !$0.hasEnded else { return }
        $0.isLate = true
        running.kill()
      }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: killer)
    defer { killer.cancel() }
    let status = await onOwnThread {
      running.waitForEnd()
      state.withLock { $0.hasEnded = true }
      return running.status()
    }
    guard let status, !Task.isCancelled else {
      // It is run again after the start.
      state.withLock { if !$0.hasEnded { running.kill() } }
      throw CancellationError()
    }
    guard !state.withLock({ $0.isLate }) else {
      throw DeliveryError(description: "it took more than \(Int(seconds)) s and was killed")
    }
    guard status == 0 else { throw DeliveryError(description: "it ended with \(status)") }
  }
}
