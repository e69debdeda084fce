import Files
import Foundation
import ServingFixture
import Synchronization
import TestSupport
import Testing

@testable import Serving

@Suite struct `Sinks` {
  /// Fails as often as it is told to.
  private final class Failing: Sink {
    let name = "failing"
    let onlyAnomalous: Bool
    private let failures: Mutex<Int>
    private let told = Mutex<[Int]>([])

    init(_ failures: Int, onlyAnomalous: Bool = false) {
      self.failures = Mutex(failures)
      self.onlyAnomalous = onlyAnomalous
    }

    var ids: [Int] { told.withLock { $0 } }

    func deliver(_ json: Data, image: String?) async throws {
      let fails = failures.withLock { left in
        defer { left = max(0, left - 1) }
        return left > 0
      }
      guard !fails else { throw DeliveryError(description: "no") }
      let object = try JSONSerialization.jsonObject(with: json) as? [String: Any]
      told.withLock { $0.append(object?["id"] as? Int ?? 0) }
      #expect(try contents(ofFile: image ?? "") != nil)
    }
  }

  private func service(in folder: String, _ sink: any Sink) async throws -> InspectionService {
    var settings = InspectionService.Settings()
    settings.sinks = [sink]
    return try await ServiceFixture.service(in: folder, settings)
  }

  private func delivering(
    _ service: InspectionService, to sink: any Sink, until isDone: () async throws -> Bool
  ) async throws {
    let task = Task { try await service.deliver(to: sink, longest: 0.05) { _ in } }
    #expect(try await comesTrue(isDone))
    task.cancel()
    _ = await task.result
  }

  @Test func `are told of everything at last, also after a restart`() async throws {
    try await withTemporaryFolder { folder in
      let sink = Failing(3)
      let first = try await service(in: folder, sink)
      for seed in 1...3 {
        _ = try await first.inspect(
          Submission(bytes: ServiceFixture.image(UInt64(seed)), name: "a"), by: "part")
      }
      #expect(try await first.history.undelivered() == 3)
      // Another process goes on.
      let second = try await service(in: folder, sink)
      try await delivering(second, to: sink) { try await second.history.undelivered() == 0 }
      #expect(sink.ids.sorted() == [1, 2, 3])
    }
  }

  @Test func `may be told of anomalous images alone`() async throws {
    try await withTemporaryFolder { folder in
      let sink = Failing(0, onlyAnomalous: true)
      let service = try await service(in: folder, sink)
      var anomalous: [Int] = []
      for seed in 1...3 {
        let found = try await service.inspect(
          Submission(bytes: ServiceFixture.image(UInt64(seed), isDefective: seed == 2), name: "a"),
          by: "part")
        if found.record.decision == .anomalous { anomalous.append(seed) }
      }
      try await delivering(service, to: sink) { sink.ids == anomalous }
      #expect(anomalous.contains(2))
    }
  }

  @Test func `may be commands`() async throws {
    try await withTemporaryFolder { folder in
      let image = "\(folder)/image"
      try Data("i".utf8).write(to: URL(fileURLWithPath: image))
      let json = Data("{\"id\":1}".utf8)
      try await CommandHook("cat \"$STUDENTS_IMAGE\" - > \(folder)/told").deliver(
        json, image: image)
      #expect(try contents(ofFile: "\(folder)/told") == Data("i{\"id\":1}\n".utf8))
      // One that reads nothing of a long text, one that fails, one that hangs.
      try await CommandHook("true").deliver(Data(count: 1 << 20), image: nil)
      await #expect(throws: DeliveryError.self) {
        try await CommandHook("exit 3").deliver(json, image: nil)
      }
      let error = await #expect(throws: DeliveryError.self) {
        try await CommandHook("exec sleep 3600", seconds: 0.2).deliver(json, image: nil)
      }
      #expect(error?.description.contains("killed") ?? false)
    }
  }

  /// What a command leaves in the background is not waited for, and what it waits for itself is ended with it.
  @Test func `may be commands that start others`() async throws {
    try await withTemporaryFolder { folder in
      try await CommandHook("sleep 3600 & echo $! > \(folder)/left").deliver(Data(), image: nil)
      kill(try number(in: "\(folder)/left"), SIGKILL)
      let error = await #expect(throws: DeliveryError.self) {
        try await CommandHook(
          "sh -c 'echo $$ > \(folder)/child; exec sleep 3600'; exit $?", seconds: 1
        ).deliver(Data(), image: nil)
      }
      #expect(error?.description.contains("killed") ?? false)
      let child = try number(in: "\(folder)/child")
      #expect(try await comesTrue { kill(child, 0) != 0 || isZombie(child) })
    }
  }

  private func number(in path: String) throws -> pid_t {
    let text = String(decoding: try #require(try contents(ofFile: path)), as: UTF8.self)
    return try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  /// Whether a process has ended, and nobody has asked for its status yet.
  private func isZombie(_ process: pid_t) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return status.map { $0.contains(") Z ") } ?? true
  }

  /// RFC 4231, test case 2.
  @Test func `sign what they send`() {
    let signature = Digest.signature(of: Data("what do ya want for nothing?".utf8), key: "Jefe")
    #expect(
      signature == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  /// What is expected of an answer.
  enum Expected: Sendable {
    case told
    case refused(String)
  }

  /// Whatever the receiver says ends in an error, or in none; never in the end of this program.
  @Test(
    arguments: [
      ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", .told),
      ("HTTP/1.1 204 No Content\r\n\r\n", .told),
      ("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", .refused("503")),
      (
        "HTTP/1.1 302 There\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        .refused("302")
      ),
      ("HTTP/1.1 200 OK\r\n", .refused("")), ("HTTP/1.1 200 OK\r\nContent-Le", .refused("")),
      ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", .refused("")),
      ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", .told),
      ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", .refused("")), ("", .refused("")),
      ("\u{0}\u{1}", .refused("")),
    ] as [(String, Expected)])
  func `bear every answer`(answer: String, expected: Expected) async throws {
    let receiver = try Receiver(answering: answer)
    let hook = Webhook(receiver.url, secret: "s", seconds: 5)
    switch expected {
    case .told: try await hook.deliver(Data("{}".utf8), image: nil)
    case .refused(let words):
      let error = await #expect(throws: DeliveryError.self) {
        try await hook.deliver(Data("{}".utf8), image: nil)
      }
      #expect(words.isEmpty || error?.description.contains(words) ?? false)
    }
    let asked = await receiver.request
    #expect(asked.hasPrefix("POST /hook HTTP/1.1\r\n") && asked.hasSuffix("\r\n\r\n{}"))
    let signature = Digest.signature(of: Data("{}".utf8), key: "s")
    #expect(asked.contains("\r\nX-Students-Signature: sha256=\(signature)\r\n"))
  }

  /// Takes one request, answers it with some bytes, and hangs up.
  private final class Receiver: Sendable {
    let url: URL
    private let requests: AsyncStream<String>

    init(answering answer: String) throws {
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      try withUnsafeMutablePointer(to: &address) { address in
        try address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          try #require(bind(listener, address, size) == 0 && listen(listener, 1) == 0)
          try #require(getsockname(listener, address, &size) == 0)
        }
      }
      url = try #require(
        URL(string: "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/hook"))
      requests = AsyncStream { continuation in
        Thread.detachNewThread {
          let connection = accept(listener, nil, nil)
          var (request, bytes) = ("", [UInt8](repeating: 0, count: 4096))
          while !request.hasSuffix("{}") {
            let count = read(connection, &bytes, bytes.count)
            guard count > 0 else { break }
            request += String(decoding: bytes[..<count], as: UTF8.self)
          }
          _ = Array(answer.utf8).withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
          close(connection)
          close(listener)
          continuation.yield(request)
          continuation.finish()
        }
      }
    }

    /// What it was asked.
    var request: String {
      get async { await requests.first { _ in true } ?? "" }
    }
  }

  @Test func `are refused where nobody listens`() async throws {
    let hook = Webhook(try #require(URL(string: "http://127.0.0.1:1/")), secret: nil, seconds: 2)
    await #expect(throws: (any Error).self) { try await hook.deliver(Data("{}".utf8), image: nil) }
  }
}
