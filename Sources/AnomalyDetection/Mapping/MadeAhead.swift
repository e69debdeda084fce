/// Makes things in the background before they are asked for, so that what uses them never waits.
package actor MadeAhead<Item: Sendable> {
  private let make: @Sendable (Int) throws -> Item
  private let ahead: Int
  private let count: Int
  private let executor: WaitingThreads?
  private var tasks: [Int: Task<Item, any Error>] = [:]

  /// What `make` gives by number, in any order and on any thread.
  ///
  /// - Parameters:
  ///   - ahead: How many are made before they are asked for.
  ///   - count: How many there are.
  ///   - waits: Whether making one may wait for a network, which is done apart from the threads of other tasks.
  ///   - make: Gives one; its task is cancelled with that which waits for it.
  package init(
    _ ahead: Int = 3, of count: Int = .max, waits: Bool = false,
    _ make: @escaping @Sendable (Int) throws -> Item
  ) {
    self.ahead = ahead
    self.count = count
    executor = waits ? .shared : nil
    self.make = make
  }

  package func item(_ number: Int) async throws -> Item {
    for next in number..<min(number + ahead + 1, count) where tasks[next] == nil {
      tasks[next] = Task.detached(executorPreference: executor) { [make] in try make(next) }
    }
    guard let task = tasks.removeValue(forKey: number) else { return try make(number) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  deinit {
    for task in tasks.values { task.cancel() }
  }
}
