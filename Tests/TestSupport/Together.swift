import Dispatch
import Foundation
public import Tensors

/// Does a work as several processes of a group would, each on a thread of its own.
///
/// Waiting for each other, they would keep the few threads of all tasks from other tests.
///
/// - Parameters:
///   - count: How many there are.
///   - timeout: How many seconds they wait for each other.
///   - work: What each does; its group tells which it is.
/// - Returns: What each gives, in the order of their ranks.
/// - Throws: What the first that fails throws.
public func together<Value: Sendable>(
  _ count: Int, timeout: Double = 120,
  _ work: @escaping @Sendable (ProcessGroup) async throws -> Value
) async throws -> [Value] {
  let port = try freePort()
  let tasks = (0..<count).map { rank in
    Task(executorPreference: OwnThread()) {
      try await work(
        ProcessGroup(
          Rendezvous(host: "127.0.0.1", port: port, rank: rank, worldSize: count), device: .cpu,
          timeout: timeout))
    }
  }
  var values: [Value] = []
  for task in tasks { values.append(try await task.value) }
  return values
}

/// A port that nobody listens on, as far as can be known.
public func freePort() throws -> Int {
  #if canImport(Glibc)
    let kind = Int32(SOCK_STREAM.rawValue)
  #else
    let kind = SOCK_STREAM
  #endif
  let handle = socket(AF_INET, kind, 0)
  defer { close(handle) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isKnown = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(handle, $0, length) == 0 && getsockname(handle, $0, &length) == 0
    }
  }
  guard isKnown else { throw POSIXError(.init(rawValue: errno) ?? .EADDRINUSE) }
  return Int(UInt16(bigEndian: address.sin_port))
}

/// Runs tasks one after the other outside of the threads that all tasks share.
private final class OwnThread: TaskExecutor {
  private let queue = DispatchQueue(label: "process of a group")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
