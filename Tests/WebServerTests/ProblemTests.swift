import Foundation
import HTTPTypes
import Hummingbird
import Serving
import ServingFixture
import Synchronization
import TestSupport
import Testing

@testable import WebServer

/// What clients are told of requests that are not fulfilled.
@Suite struct `Problems` {
  private static let inspections = "/v1/models/part/inspections"

  private typealias Ask = (HTTPRequest.Method, String, HTTPFields, Data)

  private static func requests() throws -> [Ask] {
    let png = try ServiceFixture.image(1)
    let long: HTTPFields = [.idempotencyKey: String(repeating: "k", count: 201)]
    let asks: [Ask] = [
      (.post, "/v1/models/x/inspections", [:], png), (.post, inspections, [:], Data()),
      (.post, inspections, [:], Data("text".utf8)), (.post, inspections, [:], png.prefix(300)),
      (.post, inspections, [:], Data(count: 2 << 20)), (.post, inspections, long, png),
      (.post, inspections, [.prefer: "wait=0"], png),
      (.post, inspections, [.origin: "http://elsewhere.example"], png),
      (.get, "/v1/inspections/7", [:], Data()), (.get, "/v1/inspections?limit=0", [:], Data()),
      (.get, "/v1/inspections?decision=bad", [:], Data()),
      (.get, "/v1/inspections?feedback=bad", [:], Data()),
      (.get, "/v1/inspections?before=x", [:], Data()),
      (.get, "/v1/inspections?since=soon", [:], Data()),
      (.put, "/v1/inspections/1/feedback", [:], Data("{}".utf8)),
      (.put, "/v1/inspections/7/feedback", [:], Data("{}".utf8)),
      (.put, "/v1/models/part", [:], Data("no model".utf8)),
      (.put, "/v1/models/part/false-alarms", [:], Data()),
      (.put, "/v1/models/part/false-alarms", [:], Data(count: 70_000)),
      (.post, "/v1/models/part/calibrations", [:], Data("[]".utf8)),
      (.post, "/v1/models/part/calibrations", [:], Data("{\"since\": \"soon\"}".utf8)),
      (.post, "/v1/models/part/calibrations", [:], Data("{\"every\": 0}".utf8)),
      (.get, "/v1/inspections/1/preview.png?side=9", [:], Data()),
      (.get, "/assets/none.css", [:], Data()), (.delete, "/v1/inspections/1", [:], Data()),
      (.get, "/nowhere", [:], Data()),
    ]
    return asks
  }

  /// What forms and pages are told.
  private static let forms: [(HTTPRequest.Method, String, String)] = [
    (.get, "/review?skip=x", ""), (.post, "/inspections/1/feedback", "label=bad"),
    (.post, "/inspections/7/feedback", "label=good"),
    (.post, "/models/part/false-alarms", "falseAlarms=2"),
    (.post, "/inspections/1/feedback", "label=good&next=/review?ä"),
  ]

  @Test func `snapshot of all of them`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let client = try Client(service)
      _ = try await client.ask(.post, Self.inspections, [:], try ServiceFixture.image(9))
      var lines: [String] = []
      for (method, path, headers, body) in try Self.requests() {
        let answer = try await client.ask(method, path, headers, body)
        #expect(answer.headers[.contentType] == "application/problem+json", "\(path)")
        let (title, detail) = (answer.json["title"] ?? "", answer.json["detail"] ?? "")
        lines.append("\(method) \(path)\n  \(answer.status) \(title): \(detail)\n")
      }
      for (method, path, form) in Self.forms {
        let answer = try await client.ask(method, path, [:], Data(form.utf8))
        let detail = answer.text.firstMatch(of: /<p class="warning" role="alert">([^<]*)</)?.1 ?? ""
        lines.append("\(method) \(path) \(form)\n  \(answer.status): \(detail)\n")
      }
      let locked = try await Client(service, token: "a token of some length").ask(
        .get, "/v1/models")
      lines.append(
        "GET /v1/models without a token\n  \(locked.status): \(locked.json["detail"] ?? "")\n")
      lines.append("A slow upload\n  \(try await Self.slow(service))\n")
      lines.append("Many uploads\n  \(try await Self.many(service))\n")
      try FileManager.default.removeItem(atPath: "\(folder)/data/images")
      let gone = try await client.ask(.get, "/v1/inspections/1/image")
      lines.append("GET /v1/inspections/1/image\n  \(gone.status): \(gone.json["detail"] ?? "")\n")
      try expectSnapshot(lines.joined() + Self.errors(), "errors/WebServer")
    }
  }

  /// What is said of an image that does not come.
  private static func slow(_ service: InspectionService) async throws -> String {
    let (body, source) = RequestBody.makeStream()
    defer { source.finish() }
    let answer = try await Client(service, uploadTime: .milliseconds(100))
      .ask(.post, inspections, body: body)
    return "\(answer.status): \(answer.json["detail"] ?? "")"
  }

  /// What is said while others fill the memory for images.
  private static func many(_ service: InspectionService) async throws -> String {
    let client = try Client(service, maxBytes: 3 << 20)
    let (body, source) = RequestBody.makeStream()
    let first = Mutex<Client.Answer?>(nil)
    let sending = Task {
      let answer = try await client.ask(.post, inspections, body: body)
      first.withLock { $0 = answer }
    }
    await source.yield(ByteBuffer(bytes: Data(count: 5 << 19)))
    // Whichever comes second is turned away.
    var answer: Client.Answer?
    _ = try await comesTrue {
      answer = try await client.ask(.post, inspections, [:], Data(count: 2 << 20))
      if answer?.status != 503 { answer = first.withLock { $0 } }
      return answer?.status == 503
    }
    source.finish()
    try await sending.value
    return "\(answer?.status ?? 0): \(answer?.json["detail"] ?? "")"
  }

  /// Errors that no request of a test causes.
  private static func errors() -> String {
    let problems = [
      Problem(QueueError.full(retryAfter: 5)), Problem(QueueError.late(.seconds(30))),
      Problem(HistoryTrouble.locked), Problem(HistoryTrouble.full),
      Problem(CancellationError()),
    ]
    return problems.map {
      "\($0.status) \($0.title)\($0.retryAfter.map { ", again in \($0) s" } ?? "")\n  \($0.detail)\n"
    }.joined()
  }
}
