import Foundation
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The service as its clients see it.
enum Served {
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
