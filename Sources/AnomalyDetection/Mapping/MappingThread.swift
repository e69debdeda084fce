import Foundation
import Synchronization

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
  private final class Work: Sendable {
    /// Nil is the end.
    private let waiting = Mutex<[(@Sendable () -> Void)?]>([])
    private let count = DispatchSemaphore(value: 0)

    func add(_ work: @escaping @Sendable () -> Void) {
      waiting.withLock { $0.append(work) }
      count.signal()
    }

    func end() {
      waiting.withLock { $0.append(nil) }
      count.signal()
    }

    func run() {
      while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
      count.wait()
      return waiting.withLock { $0.removeFirst() }
    }
  }
}
