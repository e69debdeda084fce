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

  /// RFC 4231, test case 2.
  @Test func `sign what they send`() {
    let signature = Digest.signature(of: Data("what do ya want for nothing?".utf8), key: "Jefe")
    #expect(
      signature == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test func `are refused where nobody listens`() async throws {
    let hook = Webhook(try #require(URL(string: "http://127.0.0.1:1/")), secret: nil, seconds: 2)
    await #expect(throws: (any Error).self) { try await hook.deliver(Data("{}".utf8), image: nil) }
  }
}
