/// Makes batches in the background before they are asked for, so that what learns never waits.
package actor BatchesAhead<Batch: Sendable> {
  private let make: @Sendable (Int) throws -> Batch
  private var tasks: [Int: Task<Batch, any Error>] = [:]
  private static var ahead: Int { 3 }

  /// Batches that `make` gives by their number, in any order and on any thread.
  package init(_ make: @escaping @Sendable (Int) throws -> Batch) {
    self.make = make
  }

  package func batch(_ number: Int) async throws -> Batch {
    for next in number...number + Self.ahead where tasks[next] == nil {
      tasks[next] = Task.detached { [make] in try make(next) }
    }
    let task = tasks.removeValue(forKey: number)
    return try await task?.value ?? make(number)
  }

  deinit {
    for task in tasks.values { task.cancel() }
  }
}
