import CTransfer
import Foundation
import Synchronization

/// Connections that no transfer uses just now, for any thread.
final class IdleConnections: Sendable {
  /// `@unchecked`: who has taken it has it alone.
  struct Connections: @unchecked Sendable { let native: OpaquePointer }

  private let idle = Mutex<[Connections]>([])

  deinit {
    for connections in idle.withLock({ $0 }) { ct_close(connections.native) }
  }

  /// Lends connections, those that were used last, so that they are likely to be open; nil for want of memory.
  func lend<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
    let taken = idle.withLock { $0.popLast() } ?? ct_open().map(Connections.init)
    guard let taken else { return nil }
    defer { idle.withLock { $0.append(taken) } }
    return body(taken.native)
  }
}

/// One request, and what comes of it.
struct Transfer {
  let url: String
  let redirects: Int
  /// By whom it is signed, for which region; nil for one that is not.
  let signing: (ObjectStore.Credentials, region: String)?
  let certificates: String?
  let limit: Int
  let connectSeconds: Double
  let stallSeconds: Double
  let seconds: Double
  /// Whether a connection is made for it: those that are there may be why the last try failed.
  let connects: Bool

  /// Receives bytes; the functions are called by the thread that asks.
  private final class Receiver {
    var bytes = Data()
    let mayTake: (Int) -> Bool
    let goesOn: () -> Bool

    init(mayTake: @escaping (Int) -> Bool, goesOn: @escaping () -> Bool) {
      (self.mayTake, self.goesOn) = (mayTake, goesOn)
    }
  }

  /// Asks, and waits.
  ///
  /// - Parameters:
  ///   - connections: Those to use.
  ///   - mayTake: Told how many bytes have come so far; false ends it.
  ///   - goesOn: Asked about once a second; false ends it.
  /// - Returns: The answer, and the bytes of a successful one; nil for want of memory.
  func run(
    on connections: OpaquePointer, mayTake: @escaping (Int) -> Bool,
    while goesOn: @escaping () -> Bool
  ) -> (CTAnswer, Data)? {
    let receiver = Receiver(mayTake: mayTake, goesOn: goesOn)
    let answer = withExtendedLifetime(receiver) {
      var native = CTReceiver(
        context: Unmanaged.passUnretained(receiver).toOpaque(),
        take: { context, bytes, count in
          guard let context, let bytes else { return 0 }
          let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
          guard receiver.mayTake(receiver.bytes.count + count) else { return 0 }
          receiver.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
          return 1
        },
        goes_on: { context in
          guard let context else { return 0 }
          return Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue().goesOn() ? 1 : 0
        })
      return withRequest { request in
        var request = request
        return ct_get(connections, &request, &native)
      }
    }
    return answer.map { ($0, receiver.bytes) }
  }

  private func withRequest(_ body: (CTRequest) -> CTAnswer) -> CTAnswer? {
    let texts = [
      url, signing?.region, signing?.0.accessKey, signing?.0.secretKey, signing?.0.sessionToken,
      certificates,
    ]
    let copies = texts.map { $0.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    // Without a region a request would go out unsigned.
    guard zip(texts, copies).allSatisfy({ ($0 == nil) == ($1 == nil) }) else { return nil }
    let pointers = copies.map { $0.map { UnsafePointer($0) } }
    return body(
      CTRequest(
        url: pointers[0], redirects: redirects, region: pointers[1], access_key: pointers[2],
        secret_key: pointers[3], session_token: pointers[4], certificates: pointers[5],
        limit: Int64(limit), connect_seconds: connectSeconds, stall_seconds: stallSeconds,
        seconds: seconds, connects: connects ? 1 : 0))
  }
}
