import Synchronization

/// Servers with which no connection came about lately, so that they cost not every image the time of all tries.
final class UnreachableServers: Sendable {
  /// For how long a server is thought to be so after the last try.
  static let seconds = 30.0

  private let ends = Mutex<[String: ContinuousClock.Instant]>([:])

  /// Scheme, host and port of an address as libcurl takes it.
  static func server(of url: String) -> String {
    let parts = url.utf8.split(
      separator: UInt8(ascii: "/"), maxSplits: 3, omittingEmptySubsequences: false)
    return parts.prefix(3).map { Substring($0).lowercased() }.joined(separator: "/")
  }

  func contains(_ server: String) -> Bool {
    ends.withLock { ends in
      guard let end = ends[server] else { return false }
      if end < .now { ends[server] = nil }
      return end >= .now
    }
  }

  /// Notes that no try had a connection.
  func insert(_ server: String) {
    ends.withLock { $0[server] = .now + .seconds(Self.seconds) }
  }

  func remove(_ server: String) {
    ends.withLock { $0[server] = nil }
  }
}
