import Foundation

/// What is downloaded and what is there, of all that one ``Downloader`` gets ahead, shared with the threads that
/// download.
///
/// `@unchecked`: what changes, here and in the queues, is touched with the condition locked.
final class DownloadPool: @unchecked Sendable {
  /// How many are downloaded at the same time.
  static let atOnce = 16

  /// Images of one order.
  final class Queue: @unchecked Sendable {
    fileprivate let count: Int
    fileprivate let addressOf: @Sendable (Int) throws -> ImageAddress?
    fileprivate let download: Download
    /// Which of the queues it is, from the oldest.
    fileprivate var number = 0
    /// The first that was never thought of.
    fileprivate var next = 0
    fileprivate var isOver = false

    /// Gives the bytes of an image; told how many of a try may be taken, and whether to go on.
    typealias Download =
      @Sendable (ImageAddress, @escaping (Int) -> Bool, @escaping () -> Bool) throws -> Data

    init(
      count: Int, addressOf: @escaping @Sendable (Int) throws -> ImageAddress?,
      download: @escaping Download
    ) {
      self.count = count
      self.addressOf = addressOf
      self.download = download
    }
  }

  /// An image of a queue; the older queue comes first.
  private struct Place: Hashable, Comparable {
    let queue: Int
    let number: Int

    static func < (left: Place, right: Place) -> Bool {
      (left.queue, left.number) < (right.queue, right.number)
    }
  }

  /// How far an image is.
  private enum State {
    case waiting
    case coming(bytes: Int)
    /// It did not fit; it comes when nothing else is waited for before it.
    case putOff
    case there(Result<Data, any Error>)
  }

  private let heldBytes: Int
  private let condition = NSCondition()
  private var queues: [Int: Queue] = [:]
  private var begun = 0
  private var states: [Place: State] = [:]
  /// Those that somebody waits for, and how many do.
  private var wanted: [Place: Int] = [:]
  /// Bytes that are there or have come.
  private var held = 0
  private var threads = 0

  /// - Parameter heldBytes: How many bytes are held at most beside the image that is waited for.
  init(heldBytes: Int = 256 << 20) { self.heldBytes = heldBytes }

  func begin(_ queue: Queue) {
    condition.withLock {
      queue.number = begun
      begun += 1
      queues[queue.number] = queue
    }
  }

  /// No more of a queue is begun; waits a moment for the threads, which may be in the middle of an answer.
  func end(_ queue: Queue) {
    condition.lock()
    defer { condition.unlock() }
    queue.isOver = true
    queues[queue.number] = nil
    let end = Date(timeIntervalSinceNow: 2)
    repeat {
      for (place, state) in states where place.queue == queue.number {
        if case .coming = state { continue }
        remove(place)
      }
      condition.broadcast()
    } while states.keys.contains { $0.queue == queue.number } && condition.wait(until: end)
  }

  func bytes(_ number: Int, of queue: Queue) throws -> Data {
    condition.lock()
    defer { condition.unlock() }
    let place = Place(queue: queue.number, number: number)
    wanted[place, default: 0] += 1
    defer {
      wanted[place, default: 1] -= 1
      if wanted[place] == 0 { wanted[place] = nil }
      // Another may be the first that is waited for now, and there may be room.
      condition.broadcast()
    }
    lookAhead(from: number, in: queue)
    // It may have been put off.
    condition.broadcast()
    while true {
      if case .there(let result) = states[place] {
        remove(place)
        return try result.get()
      }
      // Another has taken it.
      if states[place] == nil { setWaiting(place) }
      // Nobody tells when the task is cancelled.
      guard !Task.isCancelled else { throw CancellationError() }
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
    }
  }

  private func lookAhead(from number: Int, in queue: Queue) {
    let end = min(number + 1 + DownloadsAhead.ahead, queue.count)
    for other in max(queue.next, number)..<max(queue.next, number, end) {
      let place = Place(queue: queue.number, number: other)
      guard states[place] == nil else { continue }
      guard other == number || (try? queue.addressOf(other)) ?? nil != nil else { continue }
      setWaiting(place)
    }
    queue.next = max(queue.next, end)
  }

  private func setWaiting(_ place: Place) {
    states[place] = .waiting
    condition.broadcast()
    guard threads < Self.atOnce else { return }
    threads += 1
    let thread = Thread { [self] in run() }
    thread.name = "download"
    thread.start()
  }

  private func run() {
    condition.lock()
    while !queues.isEmpty {
      if let place = nextWaiting(), let queue = queues[place.queue] {
        states[place] = .coming(bytes: 0)
        condition.unlock()
        let result = Result { try downloaded(place, of: queue) }
        condition.lock()
        settle(place, of: queue, result)
      } else {
        condition.wait()
      }
    }
    threads -= 1
    condition.unlock()
  }

  /// What somebody waits for comes first, then the rest in its order while there is room.
  private func nextWaiting() -> Place? {
    if let first = wanted.keys.min() {
      switch states[first] {
      case .waiting, .putOff: return first
      case .coming, .there, nil: break
      }
    }
    guard held < heldBytes else { return nil }
    let waiting = states.filter { if case .waiting = $0.value { true } else { false } }.keys
    return waiting.filter { wanted[$0] != nil }.min() ?? waiting.min()
  }

  private func downloaded(_ place: Place, of queue: Queue) throws -> Data {
    guard let address = try queue.addressOf(place.number) else {
      throw DownloadError.malformed("image \(place.number + 1)", "it has no address")
    }
    return try queue.download(
      address, { [self] in mayTake($0, of: place, queue) },
      { [self] in condition.withLock { !queue.isOver } })
  }

  /// Whether so many bytes of a try may be there: those of the first that is waited for always, so that it
  /// comes, and no others beyond the bound.
  private func mayTake(_ bytes: Int, of place: Place, _ queue: Queue) -> Bool {
    condition.withLock {
      guard !queue.isOver, case .coming(let before) = states[place] else { return false }
      let more = bytes - before
      guard more <= 0 || held + more <= heldBytes || place == wanted.keys.min() else {
        return false
      }
      states[place] = .coming(bytes: bytes)
      held += more
      if more < 0 { condition.broadcast() }
      return true
    }
  }

  private func settle(_ place: Place, of queue: Queue, _ result: Result<Data, any Error>) {
    remove(place)
    if !queue.isOver {
      if case .failure(let error) = result, error is CancellationError {
        states[place] = .putOff
      } else {
        states[place] = .there(result)
        held += (try? result.get().count) ?? 0
      }
    }
    condition.broadcast()
  }

  private func remove(_ place: Place) {
    switch states.removeValue(forKey: place) {
    case .coming(let bytes): held -= bytes
    case .there(let result): held -= (try? result.get().count) ?? 0
    case .waiting, .putOff, nil: break
    }
  }
}
