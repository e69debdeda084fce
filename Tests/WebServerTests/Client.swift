import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Serving
import ServingFixture

@testable import WebServer

/// Asks the server without a socket.
struct Client {
  private struct Source: RequestContextSource {
    var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
  }

  private let responder: RouterResponder<ServerContext>

  /// What a request is answered in.
  static var context: ServerContext { ServerContext(of: Source()) }

  init(
    _ service: InspectionService, token: String? = nil, maxBytes: Int = 1 << 20,
    uploadTime: Duration = .seconds(3600)
  ) throws {
    var settings = InspectionServer.Settings()
    (settings.token, settings.maxBytes, settings.maxBytesTogether) = (token, maxBytes, 4 << 20)
    settings.uploadTime = uploadTime
    responder = try InspectionServer(service, settings).router(noticesLeaving: false)
      .buildResponder()
  }

  /// What is answered.
  struct Answer {
    let status: Int
    let headers: HTTPFields
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
    }
  }

  func ask(
    _ method: HTTPRequest.Method = .get, _ path: String, _ headers: HTTPFields = [:],
    body: RequestBody
  ) async throws -> Answer {
    let request = Request(
      head: HTTPRequest(
        method: method, scheme: "http", authority: "here:1", path: path, headerFields: headers),
      body: body)
    let response = try await responder.respond(to: request, context: Self.context)
    let writer = Collected()
    try await response.body.write(writer)
    return Answer(
      status: response.status.code, headers: response.headers, body: writer.bytes)
  }

  func ask(
    _ method: HTTPRequest.Method = .get, _ path: String, _ headers: HTTPFields = [:],
    _ body: Data = Data()
  ) async throws -> Answer {
    try await ask(method, path, headers, body: RequestBody(buffer: ByteBuffer(bytes: body)))
  }

  private final class Collected: ResponseBodyWriter {
    private(set) var bytes = Data()
    func write(_ buffer: ByteBuffer) async throws {
      bytes.append(contentsOf: buffer.readableBytesView)
    }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}
