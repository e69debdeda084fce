import Synchronization

/// Wakes whoever waits for something new.
///
/// It carries nothing: what is new is read from the history, so that nobody misses what was said while
/// they were away.
public final class News: Sendable {
  private let listeners = Mutex<(next: Int, streams: [Int: AsyncStream<Void>.Continuation])>(
    (0, [:]))

  /// A stream that gives a value soon after each change, one for several at once.
  public func stream() -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let number = listeners.withLock { listeners in
        listeners.next += 1
        listeners.streams[listeners.next] = continuation
        return listeners.next
      }
      continuation.onTermination = { [weak self] _ in
        _ = self?.listeners.withLock { $0.streams.removeValue(forKey: number) }
      }
    }
  }

  /// Says that there is something new.
  func tell() {
    for stream in listeners.withLock({ Array($0.streams.values) }) { stream.yield() }
  }

  /// Ends all streams.
  public func end() {
    for stream in listeners.withLock({ Array($0.streams.values) }) { stream.finish() }
  }
}
