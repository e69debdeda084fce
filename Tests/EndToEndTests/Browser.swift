import Foundation
import Testing

/// A real browser without a window, driven by the W3C WebDriver protocol.
struct Browser {
  private let driver: Program.Started
  private let port: Int
  private let session: String

  private static let driverPath = ["/usr/bin/chromedriver", "/usr/local/bin/chromedriver"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private static let curl = "/usr/bin/curl"

  static var isThere: Bool {
    driverPath != nil && FileManager.default.isExecutableFile(atPath: curl)
  }

  /// Starts one of a size of window.
  init(width: Int = 1200, height: Int = 900) throws {
    driver = try Program.started(["--port=0"], at: try #require(Self.driverPath))
    port = try #require(try driver.number(/successfully on port (\d+)/))
    let arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--window-size=\(width),\(height)",
    ]
    let body: [String: Any] = [
      "capabilities": [
        "alwaysMatch": [
          "goog:chromeOptions": ["args": arguments],
          "goog:loggingPrefs": ["browser": "ALL"],
        ]
      ]
    ]
    let value = try Self.asked(port, "/session", body) as? [String: Any]
    session = "/session/\(try #require(value?["sessionId"] as? String, "\(value ?? [:])"))"
  }

  private static func asked(
    _ port: Int, _ path: String, _ body: [String: Any]? = nil, method: String? = nil
  ) throws -> Any? {
    // By curl: URLSession does not understand how chromedriver writes its headers.
    var arguments = ["-s", "--max-time", "300", "-X", method ?? (body == nil ? "GET" : "POST")]
    if let body {
      let json = try JSONSerialization.data(withJSONObject: body)
      arguments += [
        "-H", "Content-Type: application/json", "-d", String(decoding: json, as: UTF8.self),
      ]
    }
    let answer = try Program(arguments + ["http://127.0.0.1:\(port)\(path)"], at: curl)
    let json = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
    if let value = json?["value"] as? [String: Any], let error = value["error"] {
      throw Failure(description: "\(path): \(error): \(value["message"] ?? "")")
    }
    return json?["value"]
  }

  struct Failure: Error, CustomStringConvertible { let description: String }

  func go(to address: String) throws {
    _ = try Self.asked(port, "\(session)/url", ["url": address])
  }

  /// Lets pages take the person for one who likes them `light` or `dark`.
  func prefer(colorScheme: String) throws {
    let features = [["name": "prefers-color-scheme", "value": colorScheme]]
    _ = try Self.asked(
      port, "\(session)/goog/cdp/execute",
      ["cmd": "Emulation.setEmulatedMedia", "params": ["features": features]])
  }

  /// What a script returns.
  @discardableResult
  func run(_ script: String) throws -> Any? {
    try Self.asked(
      port, "\(session)/execute/sync", ["script": script, "args": [] as [String]])
  }

  func text(_ script: String) throws -> String {
    try run("return String(\(script))") as? String ?? ""
  }

  private func element(_ selector: String) throws -> String {
    let found =
      try Self.asked(
        port, "\(session)/element", ["using": "css selector", "value": selector])
      as? [String: Any]
    return "\(session)/element/\(try #require(found?.values.first as? String))"
  }

  func click(_ selector: String) throws {
    _ = try Self.asked(port, "\(try element(selector))/click", [:])
  }

  /// Types keys, or names a file to an input of files.
  func type(_ keys: String, into selector: String) throws {
    _ = try Self.asked(port, "\(try element(selector))/value", ["text": keys])
  }

  /// What the page has complained of since this was asked the last time.
  func complaints() throws -> [String] {
    let log = try Self.asked(port, "\(session)/se/log", ["type": "browser"])
    return (log as? [[String: Any]] ?? []).map { "\($0["level"] ?? ""): \($0["message"] ?? "")" }
  }

  /// Writes what it shows into a folder, for people to look at.
  func photograph(_ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["STUDENTS_SCREENSHOTS"] else { return }
    let png = try Self.asked(port, "\(session)/screenshot") as? String
    try Data(base64Encoded: png ?? "")?.write(
      to: URL(fileURLWithPath: "\(folder)/\(name).png"))
  }

  func end() {
    _ = try? Self.asked(port, session, method: "DELETE")
    // It does not end when it is asked to.
    kill(driver.process.processIdentifier, SIGKILL)
    driver.process.waitUntilExit()
  }
}
