import Foundation
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The service as its clients see it.
enum Served {
  /// A small data set in `parts` of a folder, and a model of it that is served as `name`.
  static func model(
    in folder: String, named name: String, tests: Int = 1
  ) throws -> (parts: String, model: String) {
    let (parts, model) = ("\(folder)/parts", "\(folder)/\(name).students")
    _ = try Program([
      "sample-data", parts, "--training", "6", "--test", "\(tests)", "--size", "64",
    ])
    _ = try Program(["train", "\(parts)/train/good", "-o", model] + tiny)
    return (parts, model)
  }

  /// The port of the line that says where it listens.
  static func port(_ started: Program.Started) throws -> Int {
    try #require(try started.number(/127\.0\.0\.1:(\d+)/))
  }

  /// Asks it, or anything else that speaks JSON.
  static func asked(
    _ port: Int, _ path: String, _ body: Data? = nil, _ headers: [String: String] = [:],
    method: String? = nil
  ) async throws -> (status: Int, json: [String: Any]) {
    var request = URLRequest(
      url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")), timeoutInterval: 600)
    request.httpMethod = method ?? (body == nil ? "GET" : "POST")
    request.httpBody = body
    headers.forEach { request.setValue($1, forHTTPHeaderField: $0) }
    let (bytes, answer) = try await URLSession.shared.data(for: request)
    let json = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any]
    return ((answer as? HTTPURLResponse)?.statusCode ?? 0, json ?? [:])
  }
}
