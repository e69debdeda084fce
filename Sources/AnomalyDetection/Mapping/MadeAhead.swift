/// Makes things in the background before they are asked for, so that what uses them never waits.
package actor MadeAhead<Item: Sendable> {
  private let make: @Sendable (Int) throws -> Item
  private let ahead: Int
  private let count: Int
  private var tasks: [Int: Task<Item, any Error>] = [:]

  /// What `make` gives by number, in any order and on any thread.
  ///
  /// - Parameters:
  ///   - ahead: How many are made before they are asked for.
  ///   - count: How many there are.
  ///   - make: Gives one.
  package init(
    _ ahead: Int = 3, of count: Int = .max, _ make: @escaping @Sendable (Int) throws -> Item
  ) {
    self.ahead = ahead
    self.count = count
    self.make = make
  }

  package func item(_ number: Int) async throws -> Item {
    for next in number..<min(number + ahead + 1, count) where tasks[next] == nil {
      tasks[next] = Task.detached { [make] in try make(next) }
    }
    let task = tasks.removeValue(forKey: number)
    return try await task?.value ?? make(number)
  }

  deinit {
    for task in tasks.values { task.cancel() }
  }
}
