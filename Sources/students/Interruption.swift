import Foundation
import Synchronization

/// Work was stopped by its user.
struct Stopped: Error, CustomStringConvertible {
  /// What became of it.
  let description: String
}

/// Runs work that Ctrl-C, or a polite kill, stops at its next step instead of at once.
///
/// A second one ends the process.
///
/// - Parameters:
///   - outcome: What is said once it has stopped: what is kept, and how to go on.
///   - work: The work, which heeds that its task is cancelled.
/// - Returns: What the work gives.
/// - Throws: ``Stopped``, and what the work throws.
func stoppable<Result: Sendable>(
  _ outcome: String, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  let work = Stoppable(work)
  StopSignals.handle {
    if isatty(STDERR_FILENO) == 1 { Terminal.write("\n", to: .error) }
    complain("stopping after this step; a second signal ends the program at once …")
    work.stop()
  }
  defer { StopSignals.restore() }
  do {
    return try await work.started().value
  } catch is CancellationError {
    throw Stopped(description: "stopped; \(outcome)")
  }
}

/// Work that may be stopped before it has begun.
private final class Stoppable<Result: Sendable>: Sendable {
  private let work: @Sendable () async throws -> Result
  private let state = Mutex<(task: Task<Result, any Error>?, isStopped: Bool)>((nil, false))

  init(_ work: @escaping @Sendable () async throws -> Result) { self.work = work }

  func started() -> Task<Result, any Error> {
    state.withLock { state in
      let task = Task { [work] in try await work() }
      if state.isStopped { task.cancel() }
      state.task = task
      return task
    }
  }

  func stop() {
    state.withLock { state in
      state.isStopped = true
      state.task?.cancel()
    }
  }
}

/// SIGINT and SIGTERM, the first of which calls a function instead of ending the process.
private enum StopSignals {
  private static let numbers = [SIGINT, SIGTERM]
  private static let action = Mutex<(@Sendable () -> Void)?>(nil)

  /// Little may be done where a signal is delivered: it is written into a pipe, and a thread reads it.
  private static let pipe: (reading: Int32, writing: Int32) = {
    var ends: [Int32] = [-1, -1]
    guard Foundation.pipe(&ends) == 0 else { return (-1, -1) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = ends[0]
    Thread.detachNewThread {
      var number: UInt8 = 0
      while true {
        let count = read(reading, &number, 1)
        if count == 1 { arrived(Int32(number)) } else if count == 0 || errno != EINTR { return }
      }
    }
    return (ends[0], ends[1])
  }()

  static func handle(_ action: @escaping @Sendable () -> Void) {
    guard pipe.writing >= 0 else { return }
    self.action.withLock { $0 = action }
    for number in numbers {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        let code = errno
        _ = write(StopSignals.pipe.writing, &byte, 1)
        errno = code
      }
    }
  }

  static func restore() {
    for number in numbers { signal(number, SIG_DFL) }
    action.withLock { $0 = nil }
  }

  private static func arrived(_ number: Int32) {
    for number in numbers { signal(number, SIG_DFL) }
    let action = action.withLock { action in
      defer { action = nil }
      return action
    }
    // A second one that came before the first was seen. Not this thread's: many block signals.
    guard let action else { return _ = kill(getpid(), number) }
    action()
  }
}
