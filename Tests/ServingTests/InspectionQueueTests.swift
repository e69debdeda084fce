import TestSupport
import Testing

@testable import Serving

@Suite struct `The queue of a model` {
  /// Holds the queue until it is opened.
  private final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()
    func pass() async { for await _ in stream { return } }
    func open() { continuation.finish() }
  }

  /// What was done, and that nothing is done beside it.
  private actor Log {
    private(set) var done: [Int] = []
    private var running = 0

    func begin() {
      running += 1
      #expect(running == 1)
    }

    func end(_ number: Int) {
      running -= 1
      done.append(number)
    }
  }

  private func waits(_ queue: InspectionQueue, for depth: Int) async throws {
    #expect(try await comesTrue { await queue.depth == depth })
  }

  @Test func `does one at a time, in their order`() async throws {
    let queue = InspectionQueue(.init(count: 10))
    let gate = Gate()
    let log = Log()
    var tasks: [Task<Void, any Error>] = [
      Task { try await queue.run(bytes: 1) { await gate.pass() } }
    ]
    try await waits(queue, for: 1)
    for number in 0..<5 {
      tasks.append(
        Task {
          try await queue.run(bytes: 1) {
            await log.begin()
            await Task.yield()
            await log.end(number)
          }
        })
      try await waits(queue, for: number + 2)
    }
    gate.open()
    for task in tasks { try await task.value }
    #expect(await log.done == [0, 1, 2, 3, 4])
    #expect(await queue.depth == 0)
  }

  @Test func `turns away at once what does not fit`() async throws {
    let queue = InspectionQueue(.init(count: 2, bytes: 100))
    let gate = Gate()
    let first = Task { try await queue.run(bytes: 90) { await gate.pass() } }
    try await waits(queue, for: 1)
    let second = Task { try await queue.run(bytes: 90) {} }
    try await waits(queue, for: 2)
    // By bytes, then by number.
    await #expect(throws: QueueError.self) { try await queue.run(bytes: 11) {} }
    let third = Task { try await queue.run(bytes: 5) {} }
    try await waits(queue, for: 3)
    await #expect(throws: QueueError.self) { try await queue.run(bytes: 1) {} }
    gate.open()
    for task in [first, second, third] { try await task.value }
    try await queue.run(bytes: 1000) {}
  }

  /// What nobody waits for is not done, and what is behind it comes to its turn.
  @Test func `leaves out what is taken back`() async throws {
    let queue = InspectionQueue(.init(count: 10))
    let gate = Gate()
    let log = Log()
    let first = Task { try await queue.run(bytes: 1) { await gate.pass() } }
    try await waits(queue, for: 1)
    let second = Task { try await queue.run(bytes: 1) { await log.end(2) } }
    try await waits(queue, for: 2)
    let third = Task { try await queue.run(bytes: 1) { 3 } }
    try await waits(queue, for: 3)
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    gate.open()
    try await first.value
    #expect(try await third.value == 3)
    #expect(await log.done.isEmpty)
  }

  @Test func `lets nobody wait longer than they want`() async throws {
    let queue = InspectionQueue(.init())
    let gate = Gate()
    let first = Task { try await queue.run(bytes: 1) { await gate.pass() } }
    try await waits(queue, for: 1)
    await #expect(throws: QueueError.late(.milliseconds(20))) {
      try await queue.run(bytes: 1, within: .milliseconds(20)) {}
    }
    #expect(await queue.depth == 1)
    gate.open()
    try await first.value
    // Whose turn comes in time is done, however long that takes.
    try await queue.run(bytes: 1, within: .milliseconds(1)) {
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  @Test func `goes on after a failure`() async throws {
    let queue = InspectionQueue(.init())
    await #expect(throws: QueueError.late(.zero)) {
      try await queue.run(bytes: 1) { throw QueueError.late(.zero) }
    }
    #expect(try await queue.run(bytes: 1) { 5 } == 5)
  }
}
