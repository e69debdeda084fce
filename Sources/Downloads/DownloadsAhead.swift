public import Foundation

/// Images that are asked for one after the other, downloaded before that, several at the same time.
///
/// Then the time that an answer takes is waited for once, and not for each image. What is held ahead is bounded, in
/// images and in bytes; what does not fit is downloaded when it is asked for.
public final class DownloadsAhead: Sendable {
  /// How many are downloaded at the same time.
  public static let atOnce = 16
  /// How many are downloaded before they are asked for.
  public static let ahead = 32
  /// How many bytes are held for what is not yet asked for.
  public static let heldBytes = 256 << 20

  private let work: Work

  /// Downloads by number, from 0.
  ///
  /// - Parameters:
  ///   - downloader: What downloads.
  ///   - limit: The most bytes of an image.
  ///   - count: How many images there are, with those that are not downloaded.
  ///   - heldBytes: How many bytes are held for what is not yet asked for.
  ///   - address: Where an image is; nil for one that is not downloaded. One that cannot be read is passed over
  ///     until it is asked for.
  public init(
    _ downloader: Downloader, limit: Int, count: Int, heldBytes: Int = DownloadsAhead.heldBytes,
    address: @escaping @Sendable (Int) throws -> ImageAddress?
  ) {
    work = Work(downloader, limit, count, heldBytes, address)
  }

  deinit { work.end() }

  /// The bytes of an image; those of the next ones begin to come.
  ///
  /// - Parameter number: One that has an address; any, but they come sooner in their order.
  /// - Returns: All bytes.
  /// - Throws: ``DownloadError``, and `CancellationError` where the task is cancelled meanwhile.
  public func bytes(_ number: Int) throws -> Data { try work.bytes(number) }
}

/// What is downloaded and what is there, shared with the threads that download.
///
/// `@unchecked`: what changes is touched with the condition locked.
private final class Work: @unchecked Sendable {
  /// How far an image is.
  private enum State {
    case waiting
    case coming(bytes: Int)
    case there(Result<Data, any Error>)
  }

  private let downloader: Downloader
  private let limit: Int
  private let count: Int
  private let heldBytes: Int
  private let address: @Sendable (Int) throws -> ImageAddress?

  private let condition = NSCondition()
  private var states: [Int: State] = [:]
  /// Those that somebody waits for, and how many do: nothing keeps them from coming.
  private var wanted: [Int: Int] = [:]
  /// The first that was never thought of.
  private var next = 0
  /// Bytes that are there or have come.
  private var held = 0
  private var threads = 0
  private var isOver = false

  init(
    _ downloader: Downloader, _ limit: Int, _ count: Int, _ heldBytes: Int,
    _ address: @escaping @Sendable (Int) throws -> ImageAddress?
  ) {
    self.downloader = downloader
    self.limit = limit
    self.count = count
    self.heldBytes = heldBytes
    self.address = address
  }

  func bytes(_ number: Int) throws -> Data {
    condition.lock()
    defer { condition.unlock() }
    wanted[number, default: 0] += 1
    defer {
      wanted[number, default: 1] -= 1
      if wanted[number] == 0 { wanted[number] = nil }
    }
    lookAhead(from: number)
    while true {
      if case .there(let result) = states[number] {
        states[number] = nil
        held -= (try? result.get().count) ?? 0
        return try result.get()
      }
      // It was put off, or another has taken it.
      if states[number] == nil {
        states[number] = .waiting
        startThread()
        condition.broadcast()
      }
      // Nobody tells when the task is cancelled.
      guard !Task.isCancelled else { throw CancellationError() }
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
    }
  }

  /// No more is begun; waits a moment for the threads, which may be in the middle of an answer.
  func end() {
    condition.lock()
    defer { condition.unlock() }
    isOver = true
    condition.broadcast()
    let end = Date(timeIntervalSinceNow: 2)
    while threads > 0, .now < end { _ = condition.wait(until: end) }
  }

  private func lookAhead(from number: Int) {
    let end = min(number + 1 + DownloadsAhead.ahead, count)
    for other in max(next, number)..<max(next, number, end) where states[other] == nil {
      guard other == number || (try? address(other)) != nil else { continue }
      states[other] = .waiting
      startThread()
    }
    next = max(next, end)
    condition.broadcast()
  }

  private func startThread() {
    guard threads < DownloadsAhead.atOnce else { return }
    threads += 1
    let thread = Thread { [self] in run() }
    thread.name = "download"
    thread.start()
  }

  private func run() {
    condition.lock()
    while !isOver {
      if let number = nextWaiting() {
        states[number] = .coming(bytes: 0)
        condition.unlock()
        let result = Result { try downloaded(number) }
        condition.lock()
        settle(number, result)
      } else {
        condition.wait()
      }
    }
    threads -= 1
    condition.broadcast()
    condition.unlock()
  }

  /// What somebody waits for comes first, then the rest in its order while there is room.
  private func nextWaiting() -> Int? {
    let waiting = states.filter { if case .waiting = $0.value { true } else { false } }.keys
    return waiting.filter { wanted[$0] != nil }.min()
      ?? (held < heldBytes ? waiting.min() : nil)
  }

  private func downloaded(_ number: Int) throws -> Data {
    guard let address = try address(number) else {
      throw DownloadError.malformed("image \(number + 1)", "it has no address")
    }
    return try downloader.bytes(
      of: address, limit: limit, mayTake: { [self] in mayTake($0, of: number) },
      while: { [self] in condition.withLock { !isOver } })
  }

  private func mayTake(_ count: Int, of number: Int) -> Bool {
    condition.withLock {
      guard !isOver, wanted[number] != nil || held + count <= heldBytes,
        case .coming(let bytes) = states[number]
      else { return false }
      states[number] = .coming(bytes: bytes + count)
      held += count
      return true
    }
  }

  private func settle(_ number: Int, _ result: Result<Data, any Error>) {
    // What came in tries that failed counts no more.
    if case .coming(let bytes) = states[number] { held -= bytes }
    if case .failure(let error) = result, error is CancellationError {
      // Put off until it is asked for.
      states[number] = nil
    } else {
      held += (try? result.get().count) ?? 0
      states[number] = .there(result)
    }
    condition.broadcast()
  }
}
