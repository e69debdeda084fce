import Foundation

/// A few at a time, in the order in which they come, and no more waiting than memory is set aside for.
///
/// A mapper has one thread; what waits for it waits here, where it can still be taken back.
actor InspectionQueue {
  /// What may wait.
  struct Limits: Sendable {
    /// How many.
    var count = 64
    /// Their bytes together.
    var bytes = 256 << 20
  }

  private struct Job {
    let number: Int
    let bytes: Int
    let start: CheckedContinuation<Void, any Error>
  }

  private let limits: Limits
  /// How many are at work at once.
  private let width: Int
  private var waiting: [Job] = []
  private var running = 0
  private var lastNumber = 0
  /// Seconds that the last took, for those that are told to come back.
  private var lastSeconds = 1.0

  init(_ limits: Limits, width: Int = 1) { (self.limits, self.width) = (limits, width) }

  /// How many wait or are at work.
  var depth: Int { waiting.count + running }

  /// Does work when its turn comes.
  ///
  /// - Parameters:
  ///   - bytes: How much memory it holds while it waits.
  ///   - patience: How long it may wait; nil for as long as it takes.
  ///   - work: What is done.
  /// - Returns: What the work gives.
  /// - Throws: ``QueueError/full(retryAfter:)`` at once where too much waits, ``QueueError/late(_:)`` where
  ///   its turn does not come in time, `CancellationError` where
  ///   nobody wants it any more before its turn, and what the work throws.
  func run<Result: Sendable>(
    bytes: Int, within patience: Duration? = nil, _ work: @Sendable () async throws -> Result
  ) async throws -> Result {
    try await turn(bytes, patience)
    let start = ContinuousClock.now
    defer {
      lastSeconds = (ContinuousClock.now - start) / .seconds(1)
      next()
    }
    try Task.checkCancellation()
    return try await work()
  }

  private func turn(_ bytes: Int, _ patience: Duration?) async throws {
    guard running >= width else {
      running += 1
      return
    }
    let held = waiting.reduce(0) { $0 + $1.bytes }
    guard waiting.count < limits.count, waiting.isEmpty || held + bytes <= limits.bytes else {
      let seconds = lastSeconds * Double(depth) / Double(width)
      throw QueueError.full(retryAfter: max(1, Int(seconds.rounded(.up))))
    }
    lastNumber += 1
    let number = lastNumber
    let alarm = patience.map { patience in
      Task {
        try await Task.sleep(for: patience)
        withdraw(number, QueueError.late(patience))
      }
    }
    defer { alarm?.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (start: CheckedContinuation<Void, any Error>) in
        guard !Task.isCancelled else { return start.resume(throwing: CancellationError()) }
        waiting.append(Job(number: number, bytes: bytes, start: start))
      }
    } onCancel: {
      Task { await withdraw(number) }
    }
  }

  /// Takes back what waits; what has begun goes on.
  private func withdraw(_ number: Int, _ reason: any Error = CancellationError()) {
    guard let place = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: place).start.resume(throwing: reason)
  }

  private func next() {
    guard !waiting.isEmpty else { return running -= 1 }
    waiting.removeFirst().start.resume()
  }
}

/// Why an image is not inspected now.
public enum QueueError: Error, CustomStringConvertible, Equatable {
  /// Too many wait; come back after so many seconds.
  case full(retryAfter: Int)
  /// Its turn did not come within this time.
  case late(Duration)

  /// One line for the user.
  public var description: String {
    switch self {
    case .full(let seconds): "too many images are waiting; send it again in \(seconds) s"
    case .late(let time):
      "its turn did not come within \(time); send it again when fewer images are waiting"
    }
  }
}
