import Files
import Foundation
import TestSupport
import Testing

/// The service through the real program and a real connection.
@Suite struct `The service` {
  @Test func `decides as inspect does, and ends once all is answered`() async throws {
    try await withTemporaryFolder { folder in
      let (parts, model) = try Served.model(in: folder, named: "ring")
      let image = "\(parts)/test/drilled/000.png"
      let bytes = try #require(try contents(ofFile: image))
      let serve = ["serve", model, "--data", "\(folder)/data", "--listen", "127.0.0.1:0"]
      let started = try Program.started(serve)
      let port = try Served.port(started)
      let path = "/v1/models/ring/inspections"
      let found = try await Served.asked(port, path, bytes)
      #expect(found.status == 201)
      let told = try #require(try Program(["inspect", model, image, "--json"]).objects().first)
      // The service keeps what `inspect` says with --explain.
      var json = found.json
      json["regions"] = (json["regions"] as? [[String: Any]])?.map { region in
        region.filter { $0.key != "causes" }
      }
      for (key, value) in told where key != "image" {
        #expect(json[key] as? NSObject == value as? NSObject, "\(key)")
      }
      // A second one would write into the same history.
      let second = try Program(serve)
      #expect(second.status == 2 && second.errors.contains("history.sqlite"), "\(second.errors)")
      // Told to end while images wait: all are answered, and then it is gone.
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 { group.addTask { try await Served.asked(port, path, bytes).status } }
        _ = try await comesTrue {
          try await Served.asked(port, "/v1/models/ring").json["waiting"] as? Int != 0
        }
        started.process.terminate()
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses == [201, 201, 201, 201])
      started.process.waitUntilExit()
      #expect(started.process.terminationStatus == 0)
      // What was answered is there when it comes again.
      let again = try Program.started(serve)
      let list = try await Served.asked(try Served.port(again), "/v1/inspections").json[
        "inspections"]
      #expect((list as? [Any])?.count == 5)
      again.end()
    }
  }

  /// Answered with 413, 404 and 200: none of them lets the rest of the request come for ever.
  @Test(arguments: [
    ("POST /v1/models/knn-0.1.0/inspections", "413"), ("POST /nowhere", "404"),
    ("GET /health", "200"),
  ])
  func `reads no request without end`(request: String, status: String) async throws {
    try await withTemporaryFolder { folder in
      let started = try Program.started([
        "serve", "\(Golden.folder)/models/knn-0.1.0.students", "--data", "\(folder)/data",
        "--listen", "127.0.0.1:0", "--max-bytes", "1000000",
      ])
      defer { started.end() }
      let port = try Served.port(started)
      let client = try Program(
        shell: #"""
          trap '' PIPE
          exec 3<>/dev/tcp/127.0.0.1/\#(port)
          printf '\#(request) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n' >&3
          (timeout 90 head -n 20 <&3) &
          chunk=$(head -c 65536 /dev/zero | tr '\0' x)
          # 124 where it takes them for ever.
          timeout 60 bash -c 'while printf "10000\r\n%s\r\n" "$0" 2>/dev/null; do :; done' "$chunk" >&3
          echo "ended with $?"
          wait
          """#)
      #expect(client.output.contains("HTTP/1.1 \(status) "), "\(client.output)")
      #expect(client.output.lowercased().contains("connection: close"), "\(client.output)")
      #expect(client.output.contains("ended with 0"), "\(client.output) \(client.errors)")
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

  @Test func `takes its options from a file, and those that are given before it`() async throws {
    try await withTemporaryFolder { folder in
      let (parts, model) = try Served.model(in: folder, named: "ring")
      let toml = """
        models = ["\(model)"]
        data = "\(folder)/data"
        listen = "127.0.0.1:1"
        watch = "\(folder)/in"
        watch-json = true
        false-alarms = 0.3
        """
      try Data(toml.utf8).write(to: URL(fileURLWithPath: "\(folder)/c.toml"))
      let started = try Program.started(
        ["serve", "--config", "\(folder)/c.toml", "--listen", "127.0.0.1:0"])
      let port = try Served.port(started)
      let rate = try await Served.asked(port, "/v1/models/ring").json["falseAlarms"] as? Double
      #expect(try #require(rate) > 0.1)
      try FileManager.default.copyItem(
        atPath: "\(parts)/test/drilled/000.png", toPath: "\(folder)/in/a.png")
      #expect(
        try await comesTrue { FileManager.default.fileExists(atPath: "\(folder)/in/a.png.json") })
      started.end()
    }
  }

  @Test(arguments: [
    ("c.toml", "models = [", "line 1"), ("c.toml", "nope = 1", "--nope"),
    ("c.toml", "queue = \"many\"", "queue"), ("c.toml", "help = true", "help cannot"),
    ("c.json", "[1]", "list of texts"), ("c.json", "{", "not a JSON object"),
    ("c.json", "{\"queue\": {}}", "queue must be a text"),
    ("c.json", "{\"queue\": [\"1\"]}", "not a list"),
    ("c.toml", "watch-json = true", "--watch"),
  ])
  func `names a file of options that it cannot use`(
    name: String, text: String, words: String
  ) async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let served = try Program(["serve", "none.students", "--config", path])
      #expect(served.status == 2 && served.errors.contains(path), "\(served.errors)")
      #expect(served.errors.contains(words), "\(served.errors)")
      #expect(served.errors.split(separator: "\n").count == 1, "\(served.errors)")
    }
  }

  /// What the documentation tells those who call it, where the tools are there.
  @Test(arguments: ["curl", "python3"])
  func `is called as the documentation says`(tool: String) async throws {
    let pattern = tool == "curl" ? #/```\n(curl [^`]*)```/# : #/```python\n([^`]*)```/#
    guard try Program(shell: "command -v \(tool)").status == 0 else { return }
    try await withTemporaryFolder { folder in
      let (parts, model) = try Served.model(in: folder, named: "part")
      try FileManager.default.copyItem(
        atPath: "\(parts)/test/drilled/000.png", toPath: "\(folder)/new.png")
      let started = try Program.started([
        "serve", model, "--data", "\(folder)/data", "--listen", "127.0.0.1:0",
      ])
      defer { started.end() }
      let port = try Served.port(started)
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
      let text = try String(
        contentsOf: root.appendingPathComponent("Documentation/Serving.md"), encoding: .utf8)
      let example = try #require(text.firstMatch(of: pattern)).1.replacing(
        "127.0.0.1:8080", with: "127.0.0.1:\(port)")
      try Data(example.utf8).write(to: URL(fileURLWithPath: "\(folder)/example"))
      let run = try Program(
        shell: "cd '\(folder)' && \(tool == "curl" ? "bash" : tool) example")
      #expect(
        run.status == 0 && run.output.contains(/good|anomalous/), "\(run.output) \(run.errors)")
      let list = try await Served.asked(port, "/v1/inspections?part=4711").json["inspections"]
      #expect((list as? [Any])?.count == 1)
    }
  }
}
