import Files
import Foundation
import HTTPTypes
import Hummingbird
import Serving
import UninformedStudents

/// Why a request is not fulfilled, as a problem document (RFC 9457) that says what to do.
struct Problem: Error, Encodable {
  let status: Int
  let title: String
  let detail: String
  /// Seconds after which it is worth asking again.
  var retryAfter: Int?

  private enum CodingKeys: CodingKey { case status, title, detail }

  init(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int? = nil) {
    self.status = status.code
    title = status.reasonPhrase
    self.detail = detail
    self.retryAfter = retryAfter
  }

  /// What an error of the service is to a client.
  init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case QueueError.full(let seconds):
      self.init(.serviceUnavailable, "\(error)", retryAfter: seconds)
    case is QueueError: self.init(.gatewayTimeout, "\(error)")
    case ServiceError.noModel: self.init(.notFound, "\(error)")
    case ServiceError.badModel: self.init(.unprocessableContent, "\(error)")
    case ServiceError.otherImageOfKey, ServiceError.fixedRate, ServiceError.notReviewed,
      ServiceError.notKept, ServiceError.noneGood:
      self.init(.conflict, "\(error)")
    case let error as ImageFileError:
      switch error {
      case .foreign, .unsupported: self.init(.unsupportedMediaType, "\(error)")
      case .tooLarge, .tooMuchMemory, .tooManyBytes: self.init(.contentTooLarge, "\(error)")
      default: self.init(.unprocessableContent, "\(error)")
      }
    case is FramingError, is MappingError, is GoodImagesError:
      self.init(.unprocessableContent, "\(error)")
    case let error as HTTPError where error.status == .notFound:
      self.init(.notFound, "there is nothing at this address; /openapi.json lists all addresses")
    case let error as HTTPError: self.init(error.status, error.body ?? "")
    case let error as any HTTPResponseError: self.init(error.status, "\(error)")
    case is CancellationError:
      self.init(.init(code: 499, reasonPhrase: "Client Closed Request"), "")
    case let error as FileError where error.isDiskFull: self = .diskFull
    default:
      self =
        HistoryTrouble(error).map(Problem.init) ?? Problem(.internalServerError, "\(error)")
    }
  }

  /// What trouble with the history is to a client.
  init(_ trouble: HistoryTrouble) {
    switch trouble {
    case .locked:
      self.init(
        .serviceUnavailable, "another program has locked the history; send it again later",
        retryAfter: 5)
    case .full: self = .diskFull
    }
  }

  private static let diskFull = Problem(
    .init(code: 507, reasonPhrase: "Insufficient Storage"),
    "the disk of the history is full, so nothing could be recorded; free some space, or start with --keep",
    retryAfter: 60)

  /// The same, written into the log where it is no fault of the client.
  init(_ error: any Error, in context: some RequestContext) {
    self.init(error)
    if status >= 500 { context.logger.error("\(detail)") }
  }

  var response: Response {
    var headers: HTTPFields = [
      .contentType: "application/problem+json", .cacheControl: "no-store",
    ]
    if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes = (try? encoder.encode(self)) ?? Data()
    return Response(
      status: .init(integerLiteral: status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

extension HTTPField.Name {
  static let referrerPolicy = Self.known("Referrer-Policy")
  static let idempotencyKey = Self.known("Idempotency-Key")
  static let partNumber = Self.known("Part-Number")
  static let imageName = Self.known("Image-Name")
  static let prefer = Self.known("Prefer")
  static let lastEventID = Self.known("Last-Event-ID")

  private static func known(_ name: String) -> Self {
    guard let name = Self(name) else { preconditionFailure("\(name) is no name of a field") }
    return name
  }
}

/// Turns whatever is thrown into a problem document, and guards every answer with the same headers.
struct Guarding<Context: RequestContext>: RouterMiddleware {
  /// How long a client may take to read an answer that has an end.
  let answerTime: Duration

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      guard [.get, .head, .post, .put].contains(request.method) else {
        throw Problem(
          .methodNotAllowed, "\(request.method): not supported here; use GET, HEAD, POST or PUT")
      }
      response = try await next(request, context)
    } catch {
      response = Problem(error, in: context).response
    }
    if response.status == .methodNotAllowed { response.headers[.allow] = "GET, HEAD, POST, PUT" }
    // Nothing that was sent is ever interpreted, and nothing comes from elsewhere.
    response.headers[.contentSecurityPolicy] =
      "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'; "
      + "form-action 'self'"
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "same-origin"
    if response.body.contentLength != nil { response.body = response.body.within(answerTime) }
    return response
  }
}

/// Where an answer is written, for the one task that writes it.
private struct Handed: @unchecked Sendable {
  let writer: any ResponseBodyWriter
}

extension ResponseBody {
  /// The same, given up where a client does not read it in time: it would be kept in memory for as long as that
  /// pleases.
  fileprivate func within(_ time: Duration) -> ResponseBody {
    ResponseBody(contentLength: contentLength) { writer in
      let handed = Handed(writer: writer)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await write(handed.writer)
          return true
        }
        group.addTask {
          try await Task.sleep(for: time)
          return false
        }
        defer { group.cancelAll() }
        guard try await group.next() == true else { throw CancellationError() }
      }
    }
  }
}
