import Files
import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The service through the real program and a real connection.
@Suite struct `The service` {
  private func asked(
    _ port: Int, _ path: String, _ body: Data? = nil, _ headers: [String: String] = [:]
  ) async throws -> (status: Int, json: [String: Any]) {
    var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
    request.httpMethod = body == nil ? "GET" : "POST"
    request.httpBody = body
    headers.forEach { request.setValue($1, forHTTPHeaderField: $0) }
    let (bytes, answer) = try await URLSession.shared.data(for: request)
    let json = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any]
    return ((answer as? HTTPURLResponse)?.statusCode ?? 0, json ?? [:])
  }

  /// The line that says where it listens.
  private func port(_ started: Program.Started) throws -> Int {
    var line = Data()
    while !line.contains(10) {
      let more = started.output.fileHandleForReading.availableData
      if more.isEmpty { break }
      line += more
    }
    let text = String(decoding: line, as: UTF8.self)
    return try #require(text.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) }, "\(text)")
  }

  @Test func `decides as inspect does, and ends once all is answered`() async throws {
    try await withTemporaryFolder { folder in
      let (parts, model) = ("\(folder)/parts", "\(folder)/ring.students")
      _ = try Program(["sample-data", parts, "--training", "6", "--test", "1", "--size", "64"])
      _ = try Program(["train", "\(parts)/train/good", "-o", model] + tiny)
      let image = "\(parts)/test/drilled/000.png"
      let bytes = try #require(try contents(ofFile: image))
      let serve = ["serve", model, "--data", "\(folder)/data", "--listen", "127.0.0.1:0"]
      let started = try Program.started(serve)
      let port = try port(started)
      let path = "/v1/models/ring/inspections"
      let found = try await asked(port, path, bytes)
      #expect(found.status == 201)
      let told = try #require(try Program(["inspect", model, image, "--json"]).objects().first)
      for (key, value) in told where key != "image" {
        #expect(found.json[key] as? NSObject == value as? NSObject, "\(key)")
      }
      // A second one would write into the same history.
      let second = try Program(serve)
      #expect(second.status == 2 && second.errors.contains("history.sqlite"), "\(second.errors)")
      // Told to end while images wait: all are answered, and then it is gone.
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 { group.addTask { try await asked(port, path, bytes).status } }
        _ = try await comesTrue {
          try await asked(port, "/v1/models/ring").json["waiting"] as? Int != 0
        }
        started.process.terminate()
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses == [201, 201, 201, 201])
      started.process.waitUntilExit()
      #expect(started.process.terminationStatus == 0)
      // What was answered is there when it comes again.
      let again = try Program.started(serve)
      let list = try await asked(try self.port(again), "/v1/inspections").json["inspections"]
      #expect((list as? [Any])?.count == 5)
      again.process.terminate()
      again.process.waitUntilExit()
    }
  }

  @Test func `is not open to others without a token`() throws {
    let served = try Program(["serve", "none.students", "--listen", "0.0.0.0:0"])
    #expect(served.status == 2 && served.errors.contains("--token-file"), "\(served.errors)")
    for listen in ["8080", "127.0.0.1", ":80", "127.0.0.1:70000"] {
      let served = try Program(["serve", "none.students", "--listen", listen])
      #expect(served.status == 2 && served.errors.contains("127.0.0.1:8080"), "\(served.errors)")
    }
  }
}
