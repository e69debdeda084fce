import Foundation
import HTTPTypes
import Hummingbird
import Serving
import ServingFixture
import TestSupport
import Testing
import UninformedStudents

@testable import WebServer

@Suite struct `The server` {
  private static let inspections = "/v1/models/part/inspections"

  /// The answer is what `inspect --json` prints, and what it was given is found again.
  @Test func `answers with the record and its number`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let client = try Client(service)
      let bytes = try ServiceFixture.image(9, isDefective: true)
      let answer = try await client.ask(
        .post, "\(Self.inspections)?explain=1",
        [.partNumber: "7%2F1", .imageName: "a%20%3Cb%3E.png"], bytes)
      #expect(answer.status == 201 && answer.headers[.location] == "/v1/inspections/1")
      let inspector = try service.model("part").inspector
      let image = try Image(bytes: bytes, name: "a <b>.png")
      let verdict = try await inspector.explained(
        inspector.inspect(image, falseAlarms: nil), of: image)
      let record = InspectionRecord(
        verdict, of: image, named: "a <b>.png", model: try service.model("part").fingerprint)
      let expected = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record))
      for (key, value) in try #require(expected as? [String: Any]) {
        #expect(answer.json[key] as? NSObject == value as? NSObject, "\(key)")
      }
      #expect(answer.json["part"] as? String == "7/1" && answer.json["id"] as? Int == 1)
      let time = try #require(answer.json["time"] as? String)
      #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
      #expect(try await client.ask(.get, "/v1/inspections/1").body == answer.body)
      for (side, status) in [("16", 200), ("15", 400), ("1601", 400), ("x", 400), ("", 200)] {
        let preview = try await client.ask(.get, "/v1/inspections/1/preview.png?side=\(side)")
        #expect(preview.status == status, "\(side)")
      }
      #expect(try await client.ask(.get, "/v1/inspections/1/image").body == bytes)
      #expect(
        try await client.ask(.get, "/v1/inspections/1/heatmap.png").body
          == inspector.heatMap(of: image, verdict).encoded())
    }
  }

  @Test func `says why not, and what to do`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(await ServiceFixture.service(in: folder))
      let png = try ServiceFixture.image(1)
      let long: HTTPFields = [.idempotencyKey: String(repeating: "k", count: 201)]
      let cases: [(HTTPRequest.Method, String, HTTPFields, Data, Int, String)] = [
        (.post, "/v1/models/x/inspections", [:], png, 404, "choose one of: part"),
        (.post, Self.inspections, [:], Data(), 400, "no image"),
        (.post, Self.inspections, [:], Data("text".utf8), 415, "not a PNG"),
        (.post, Self.inspections, [:], png.prefix(300), 422, "damaged"),
        (.post, Self.inspections, [:], Data(count: 2 << 20), 413, "1 MiB"),
        (.post, Self.inspections, [.contentLength: "99999999"], Data(), 413, "1 MiB"),
        (.post, Self.inspections, long, png, 400, "200 characters"),
        (.post, Self.inspections, [.prefer: "wait=0"], png, 400, "wait=0"),
        (.get, "/v1/inspections/7", [:], Data(), 404, "no inspection 7"),
        (.get, "/v1/inspections/x", [:], Data(), 404, "no inspection x"),
        (.get, "/v1/inspections?limit=0", [:], Data(), 400, "limit=0"),
        (.get, "/v1/inspections?decision=bad", [:], Data(), 400, "good or anomalous"),
        (.get, "/v1/inspections?since=soon", [:], Data(), 400, "2026-01-31"),
        (.put, "/v1/inspections/7/feedback", [:], Data("{}".utf8), 404, "no inspection 7"),
        (.put, "/v1/models/part", [:], Data("no model".utf8), 422, "stays as it was"),
        (.put, "/v1/models/none/false-alarms", [:], Data(), 404, "no model none"),
        (.put, "/v1/models/part/false-alarms", [:], Data(), 400, "0.01"),
        (.put, "/v1/models/part/false-alarms", [:], Data(count: 70_000), 413, "64 KiB; send less"),
        (
          .put, "/v1/models/part/false-alarms", [:], Data("{\"falseAlarms\": 2}".utf8), 400,
          "at most 1"
        ),
        (.post, "/v1/models/part/calibrations", [:], Data("x".utf8), 400, "since"),
        (
          .post, "/v1/models/part/calibrations", [:], Data("{\"since\": \"soon\"}".utf8), 400,
          "since=soon"
        ),
        (.post, "/v1/models/part/calibrations", [:], Data("{\"every\": 0}".utf8), 400, "every=0"),
        (.post, "/v1/models/part/calibrations", [:], Data(), 409, "no inspection"),
        (.get, "/assets/..%2FPackage.swift", [:], Data(), 404, "no file"),
        (.get, "/v1/inspections/7/preview.png?side=9", [:], Data(), 404, "no inspection 7"),
        (.trace, "/health", [:], Data(), 405, "TRACE"),
        (.delete, "/v1/inspections/1", [:], Data(), 405, "DELETE"),
        (.get, "/nowhere", [:], Data(), 404, "openapi.json"),
      ]
      for (method, path, headers, body, status, words) in cases {
        let answer = try await client.ask(method, path, headers, body)
        #expect(answer.status == status, "\(method) \(path): \(answer.text)")
        #expect(answer.headers[.contentType] == "application/problem+json", "\(path)")
        #expect((answer.json["detail"] as? String)?.contains(words) ?? false, "\(answer.text)")
        #expect(answer.json["status"] as? Int == status)
      }
    }
  }

  @Test func `does not wait for ever for an image`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(
        await ServiceFixture.service(in: folder), uploadTime: .milliseconds(100))
      let (body, source) = RequestBody.makeStream()
      await source.yield(ByteBuffer(bytes: [1, 2, 3]))
      let answer = try await client.ask(.post, Self.inspections, body: body)
      #expect(answer.status == 408)
      source.finish()
    }
  }

  /// Every address but those that anybody may ask.
  @Test func `wants its token everywhere`() async throws {
    try await withTemporaryFolder { folder in
      let token = "a token of some length"
      let client = try Client(await ServiceFixture.service(in: folder), token: token)
      let open = ["/health", "/ready", "/sign-in", "/assets/:name", "/favicon.ico"]
      let spec = try JSONSerialization.jsonObject(with: Assets.bytes("openapi.json"))
      let paths = try #require((spec as? [String: Any])?["paths"] as? [String: [String: Any]])
      let pages = [
        "/", "/live", "/history", "/drift", "/models", "/try", "/inspections/1", "/openapi.json",
        "/review",
      ]
      for path in paths.keys.map({ $0.replacing(/\{[a-z]*\}/, with: "1") }) + pages
      where !open.contains(path) {
        for method in [HTTPRequest.Method.get, .post, .put] {
          for headers: HTTPFields in [
            [:], [.authorization: "Bearer wrong"], [.cookie: "students-session=x"],
          ] {
            #expect(try await client.ask(method, path, headers).status == 401, "\(method) \(path)")
          }
        }
      }
      #expect(try await client.ask(.get, "/health").status == 200)
      #expect(
        try await client.ask(.get, "/v1/models", [.authorization: "Bearer \(token)"]).status == 200)
      let page = try await client.ask(.get, "/live", [.accept: "text/html"])
      #expect(page.status == 303 && page.headers[.location] == "/sign-in")
      #expect(try await client.ask(.post, "/sign-in", [:], Data("token=wrong".utf8)).status == 401)
      let signedIn = try await client.ask(
        .post, "/sign-in", [:], Data("token=a+token+of%20some+length".utf8))
      let cookie = try #require(signedIn.headers[.setCookie])
      #expect(signedIn.status == 303 && cookie.contains("HttpOnly") && !cookie.contains("some"))
      let pair = String(cookie.prefix { $0 != ";" })
      #expect(try await client.ask(.get, "/live", [.cookie: pair]).status == 200)
    }
  }

  /// Another site that is open in the same browser sends nothing in the name of its user.
  @Test func `takes nothing from pages of others`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(await ServiceFixture.service(in: folder))
      let png = try ServiceFixture.image(1)
      for (origin, status) in [("http://evil.example", 403), ("http://here:1", 201)] {
        #expect(
          try await client.ask(.post, Self.inspections, [.origin: origin], png).status == status)
      }
    }
  }

  /// Nothing of a name, a part number or a note is ever interpreted.
  @Test func `shows names as text`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(await ServiceFixture.service(in: folder))
      let bad = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27"
      _ = try await client.ask(
        .post, Self.inspections, [.imageName: bad, .partNumber: bad], try ServiceFixture.image(1))
      let note = #"{"label": "good", "note": "<script>\"'", "by": "<b>"}"#
      let noted = try await client.ask(.put, "/v1/inspections/1/feedback", [:], Data(note.utf8))
      #expect((noted.json["feedback"] as? [String: Any])?["note"] as? String == "<script>\"'")
      for path in ["/live", "/history?part=\(bad)&name=%3Cscript%3E", "/inspections/1"] {
        let page = try await client.ask(.get, path)
        #expect(page.status == 200)
        #expect(!page.text.contains("<script>alert") && !page.text.contains("<b>"), "\(path)")
        // With no-referrer, browsers would send forms without an origin, and be refused.
        #expect(page.headers[.referrerPolicy] == "same-origin")
        #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'self'") ?? false)
      }
      #expect(try await client.ask(.get, "/inspections/1").text.contains("&lt;script&gt;"))
    }
  }

  /// Whatever is sent: half an escape, a bare percent sign, bytes that are no text.
  @Test(arguments: [
    ("name=a+b%2Bc", "name", "a b+c"), ("name=%2525", "name", "%25"), ("%", "%", nil),
    ("name=100%", "name", "100%"), ("name=%zz&part=1", "part", "1"), ("a=b=c&a=d", "a", "b=c"),
    ("name=&&=&=x", "name", nil), ("name=%ff", "name", "%ff"),
  ])
  func `reads fields as browsers write them`(text: String, name: String, value: String?) {
    #expect(FormFields(text)[name] == value)
  }

  @Test func `leads through the history page by page`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(await ServiceFixture.service(in: folder))
      for number in 0..<5 {
        _ = try await client.ask(
          .post, Self.inspections, [:], try ServiceFixture.image(UInt64(number)))
      }
      var (path, ids): (String?, [Int]) = ("/v1/inspections?limit=2&model=part", [])
      while let next = path {
        let page = try await client.ask(.get, next).json
        ids += (page["inspections"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
        path = page["next"] as? String
      }
      #expect(ids == [5, 4, 3, 2, 1])
      #expect(try await client.ask(.get, "/history?feedback=none").text.contains("/inspections/5"))
    }
  }

  @Test func `counts for Prometheus`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(await ServiceFixture.service(in: folder))
      for isDefective in [false, true, true] {
        _ = try await client.ask(
          .post, Self.inspections, [:], try ServiceFixture.image(3, isDefective: isDefective))
      }
      _ = try await client.ask(.post, Self.inspections, [:], Data("text".utf8))
      let text = try await client.ask(.get, "/metrics").text
      for line in [
        "students_inspections_total{model=\"part\",decision=\"good\"} 1",
        "students_inspections_total{model=\"part\",decision=\"anomalous\"} 2",
        "students_inspection_seconds_count{model=\"part\"} 3", "students_failed_total 1",
        "students_waiting{model=\"part\"} 0",
      ] {
        #expect(text.contains(line + "\n"), "\(line) in \(text)")
      }
    }
  }

  /// From the first image to a new calibration, by forms alone, as a browser without script sends them.
  @Test func `is reviewed and calibrated without script`() async throws {
    try await withTemporaryFolder { folder in
      let client = try Client(await ServiceFixture.service(in: folder))
      for seed in 201...206 {
        let png = try ServiceFixture.image(UInt64(seed))
        #expect(
          try await client.ask(.post, Self.inspections, body: .init(buffer: .init(bytes: png)))
            .status == 201)
      }
      // Nothing is calibrated as long as one is open; the page says so.
      let early = try await client.ask(
        .post, "/models/part/calibrations", [:], Data("every=2&since=".utf8))
      #expect(early.status == 409 && early.text.contains("3 of the 3"), "\(early.text)")
      #expect(early.headers[.contentType]?.contains("text/html") ?? false)
      var page = "/review?model=part&every=2"
      var labels = ["unsure", "good", "good"]
      for (number, label) in labels.enumerated() {
        let shown = try await client.ask(.get, page)
        #expect(shown.text.contains("action=\"/inspections/\(2 * number + 2)/feedback\""))
        let said = try await client.ask(
          .post, "/inspections/\(2 * number + 2)/feedback", [:],
          Data(
            "label=\(label)&next=/review?model=part%26every=2%26skip=0&nextUnsure=/review?skip=1"
              .utf8))
        #expect(said.status == 303)
        let next = try #require(said.headers[.location])
        #expect(
          next == (label == "unsure" ? "/review?skip=1" : "/review?model=part&every=2&skip=0"))
        page = "/review?model=part&every=2&skip=0"
      }
      #expect(try await client.ask(.get, page).text.contains("Nothing is left"))
      // Unsure is not reviewed.
      let unsure = try await client.ask(
        .post, "/models/part/calibrations", [:], Data("every=2".utf8))
      #expect(unsure.status == 409 && unsure.text.contains("1 of the 3"))
      labels =
        try await client.ask(
          .post, "/inspections/2/feedback", [:], Data("label=good&next=//evil.example".utf8)
        ).headers[.location].map { [$0] } ?? []
      #expect(labels == ["/inspections/2"])
      let done = try await client.ask(
        .post, "/models/part/calibrations", [:], Data("every=2".utf8))
      #expect(done.status == 303 && done.headers[.location] == "/models#part", "\(done.text)")
      let model = try await client.ask(.get, "/v1/models/part").json
      #expect(model["calibrationImages"] as? Int == 3)
      // The rate, too.
      let chosen = try await client.ask(
        .post, "/models/part/false-alarms", [:], Data("falseAlarms=0.5".utf8))
      #expect(chosen.status == 303)
      #expect(try await client.ask(.get, "/v1/models/part").json["falseAlarms"] as? Double == 0.5)
      let text = try await client.ask(.get, "/models").text
      #expect(text.contains("class=\"histogram\"") && text.contains("selected"), "\(text)")
      #expect(text.contains("/review?model=part&amp;every=1"), "\(text)")
    }
  }

  /// Who does not read an answer does not keep it in memory for ever.
  @Test func `gives up what nobody reads`() async throws {
    let guarding = Guarding<ServerContext>(answerTime: .milliseconds(50))
    let response = try await guarding.handle(
      Request(
        head: HTTPRequest(method: .get, scheme: "http", authority: "here:1", path: "/"),
        body: .init(buffer: .init())),
      context: Client.context
    ) { _, _ in Response(status: .ok, body: .init(byteBuffer: .init(bytes: [1, 2, 3]))) }
    #expect(response.body.contentLength == 3)
    await #expect(throws: CancellationError.self) { try await response.body.write(Stuck()) }
  }

  /// A client that reads nothing.
  private struct Stuck: ResponseBodyWriter {
    func write(_ buffer: ByteBuffer) async throws { try await Task.sleep(for: .seconds(3600)) }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}
