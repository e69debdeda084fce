import Foundation
import Synchronization
import Testing

@testable import Downloads

/// What is there at the same time, and the most of it so far.
private final class Counts: Sendable {
  struct State {
    var bytes: [String: Int] = [:]
    var running = 0
    var mostBytes = 0
    var mostRunning = 0
  }
  let state = Mutex(State())

  func set(_ name: String, _ bytes: Int) {
    state.withLock {
      $0.bytes[name] = bytes
      $0.mostBytes = max($0.mostBytes, $0.bytes.values.reduce(0, +))
    }
  }

  func run(_ change: Int) {
    state.withLock {
      $0.running += change
      $0.mostRunning = max($0.mostRunning, $0.running)
    }
  }
}

@Suite struct `Downloads ahead` {
  /// Four queues as those of the batches that `teach` makes ahead, with images that do not all fit.
  @Test(arguments: [
    (heldBytes: 1000, size: 30), (heldBytes: 100, size: 30), (heldBytes: 10, size: 30),
  ])
  func `share one bound, and all come`(heldBytes: Int, size: Int) async throws {
    let pool = DownloadPool(heldBytes: heldBytes)
    let counts = Counts()
    let (orders, images) = (4, 40)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for order in 0..<orders {
        group.addTask {
          let queue = queue(order, images, size, counts)
          pool.begin(queue)
          defer { pool.end(queue) }
          for number in 0..<images {
            let bytes = try pool.bytes(number, of: queue)
            #expect(bytes == Data(repeating: UInt8(number), count: size))
            counts.set("\(order) \(number)", 0)
          }
        }
      }
      try await group.waitForAll()
    }
    let (mostRunning, mostBytes) = counts.state.withLock { ($0.mostRunning, $0.mostBytes) }
    #expect(mostRunning <= DownloadPool.atOnce)
    // The one that is waited for, and one for each order that is counted a moment longer than it is held.
    #expect(mostBytes <= heldBytes + (1 + orders) * size)
  }

  /// One whose images come in three parts, the first try of each in vain.
  private func queue(_ order: Int, _ count: Int, _ size: Int, _ counts: Counts)
    -> DownloadPool.Queue
  {
    DownloadPool.Queue(
      count: count, addressOf: { try ImageAddress("http://h/\($0)") },
      download: { address, mayTake, goesOn in
        let number = Int(address.name.split(separator: "/").last ?? "") ?? 0
        let name = "\(order) \(number)"
        counts.run(1)
        defer { counts.run(-1) }
        for last in [2, 3] {
          for part in 1...last {
            guard goesOn(), mayTake(part * size / 3) else {
              counts.set(name, 0)
              throw CancellationError()
            }
            counts.set(name, part * size / 3)
          }
          if last == 2 {
            counts.set(name, 0)
            guard mayTake(0) else { throw CancellationError() }
          }
        }
        return Data(repeating: UInt8(number), count: size)
      })
  }

  @Test func `that fail tell it where they are asked for, and hold nothing up`() throws {
    let pool = DownloadPool()
    let queue = DownloadPool.Queue(
      count: 40,
      addressOf: {
        $0 % 3 == 0 ? nil : try ImageAddress($0 % 3 == 1 ? "http://" : "http://h/\($0)")
      },
      download: { _, _, _ in Data([1]) })
    pool.begin(queue)
    defer { pool.end(queue) }
    for number in 0..<40 where number % 3 == 2 {
      #expect(throws: DownloadError.self) { try pool.bytes(number - 1, of: queue) }
      #expect(try pool.bytes(number, of: queue) == Data([1]))
    }
  }
}
