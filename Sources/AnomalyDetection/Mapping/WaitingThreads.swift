import Foundation

/// A thread for each job of tasks that wait for a network.
///
/// The cooperative pool has a thread a core: a few such tasks would keep everything else waiting with them.
final class WaitingThreads: TaskExecutor {
  static let shared = WaitingThreads()

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    Thread.detachNewThread { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
