import Foundation

/// A thread that does one thing after the other.
///
/// libgomp keeps a team of threads for each thread that has ever called it: maps that came from the
/// cooperative pool would leave a team with each of its threads.
final class MappingThread: SerialExecutor {
  private let work = Work()

  /// Starts the thread; it ends with the last reference to this.
  init() {
    let thread = Thread { [work] in work.run() }
    thread.name = "mapping"
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { work.end() }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    work.add { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
  }

  /// What waits to be done; the thread holds this alone.
  ///
  /// `@unchecked`: what changes is touched with the condition locked.
  private final class Work: @unchecked Sendable {
    private let condition = NSCondition()
    /// Nil is the end.
    private var waiting: [(@Sendable () -> Void)?] = []

    func add(_ work: @escaping @Sendable () -> Void) { put(work) }

    func end() { put(nil) }

    func run() {
      while let work = next() { work() }
    }

    private func put(_ work: (@Sendable () -> Void)?) {
      condition.withLock { waiting.append(work) }
      condition.signal()
    }

    private func next() -> (@Sendable () -> Void)? {
      condition.withLock {
        while waiting.isEmpty { condition.wait() }
        return waiting.removeFirst()
      }
    }
  }
}
