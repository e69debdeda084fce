import Foundation

/// Does work that waits for others on a thread of its own: it would take one from the tasks of images.
///
/// - Parameter work: What waits, such as for another program.
/// - Returns: What it gives; nil where the task is cancelled meanwhile, though the work goes on.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
  let values = AsyncStream<Value> { continuation in
    Thread.detachNewThread {
      continuation.yield(work())
      continuation.finish()
    }
  }
  for await value in values { return value }
  return nil
}
