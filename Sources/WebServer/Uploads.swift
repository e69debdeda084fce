import Foundation
import Hummingbird
import Serving
import Synchronization

/// Takes the bodies of requests, within bounds of size and time, one by one and all together.
final class Uploads: Sendable {
  /// The most bytes of one body.
  let limit: Int
  /// The most bytes of all bodies that are in memory at once.
  private let total: Int
  /// How long one may take to come.
  private let time: Duration
  private let noticesLeaving: Bool
  private let held = Mutex(0)

  init(limit: Int, total: Int, within time: Duration, noticesLeaving: Bool) {
    (self.limit, self.total, self.time) = (limit, total, time)
    self.noticesLeaving = noticesLeaving
  }

  /// Gives a body to `work`; what it takes is counted until that ends.
  ///
  /// - Throws: A ``Problem`` where it is too large, comes too slowly, or others fill the memory.
  func body<Result: Sendable>(
    of request: Request, upTo most: Int? = nil,
    _ work: @escaping @Sendable (Data) async throws -> Result
  ) async throws -> Result {
    // What never fits is told so, not asked to come again.
    let limit = min(most ?? limit, total)
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw tooLarge(limit)
    }
    let take = { @Sendable (body: RequestBody) in
      let share = Share(of: self)
      defer { share.giveBack() }
      return try await work(self.collected(body, limit, share))
    }
    // A client that leaves takes its image along.
    return noticesLeaving
      ? try await request.body.consumeWithCancellationOnInboundClose(take)
      : try await take(request.body)
  }

  private func collected(_ body: RequestBody, _ limit: Int, _ share: Share) async throws -> Data {
    try await withThrowingTaskGroup(of: Data?.self) { group in
      group.addTask {
        var bytes = Data()
        for try await buffer in body {
          guard bytes.count + buffer.readableBytes <= limit else { throw self.tooLarge(limit) }
          try share.take(buffer.readableBytes)
          bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
      }
      group.addTask { [time] in
        try await Task.sleep(for: time)
        return nil
      }
      defer { group.cancelAll() }
      guard let bytes = try await group.next() ?? nil else {
        throw Problem(.requestTimeout, "the image did not arrive within \(time); send it again")
      }
      return bytes
    }
  }

  private func tooLarge(_ limit: Int) -> Problem {
    let size = limit < 1 << 20 ? "\(limit >> 10) KiB" : "\(limit >> 20) MiB"
    return Problem(
      .contentTooLarge,
      "more than \(size); send less" + (limit == self.limit ? ", or raise --max-bytes" : ""))
  }

  /// What one request holds.
  private final class Share: Sendable {
    private let uploads: Uploads
    private let bytes = Mutex(0)

    init(of uploads: Uploads) { self.uploads = uploads }

    func take(_ count: Int) throws {
      let fits = uploads.held.withLock { held in
        guard held + count <= uploads.total else { return false }
        held += count
        return true
      }
      guard fits else {
        throw Problem(
          .serviceUnavailable, "too many images arrive at once; send it again later", retryAfter: 2)
      }
      bytes.withLock { $0 += count }
    }

    func giveBack() {
      let count = bytes.withLock { bytes in
        defer { bytes = 0 }
        return bytes
      }
      uploads.held.withLock { $0 -= count }
    }
  }
}
