import Foundation
import HTTPTypes
import Hummingbird
import Serving
import UninformedStudents

/// Inspections: new ones, and those of the history.
struct InspectionRoutes: Sendable {
  let service: InspectionService
  let uploads: Uploads

  func add(to router: Router<ServerContext>) {
    router.post("/v1/models/:name/inspections", use: inspect)
    router.get("/v1/inspections", use: list)
    router.get("/v1/inspections/:id") { _, context in
      try ServiceJSON.response(InspectionAnswer(await inspection(context)))
    }
    router.get("/v1/inspections/:id/image", use: image)
    router.get("/v1/inspections/:id/preview.png", use: preview)
    router.get("/v1/inspections/:id/heatmap.png", use: heatMap)
    router.put("/v1/inspections/:id/feedback", use: feedback)
  }

  @Sendable private func inspect(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let model = try context.parameters.require("name")
    _ = try service.model(model)
    let key = try Self.word(request, .idempotencyKey)
    let part = try Self.word(request, .partNumber).map(Self.unescaped)
    let name = try Self.word(request, .imageName).map(Self.unescaped)
    // `?explain` alone asks for it, too.
    let explains = request.uri.queryParameters["explain"].map { $0 != "0" } ?? false
    let patience = try Self.patience(request)
    let stored = try await uploads.body(of: request) { bytes in
      guard !bytes.isEmpty else {
        throw Problem(.badRequest, "the request has no image; send a file as its body")
      }
      var submission = Submission(
        bytes: bytes, name: name ?? "image", part: part, key: key, explains: explains)
      submission.patience = patience
      return try await service.inspect(submission, by: model)
    }
    var response = try ServiceJSON.response(InspectionAnswer(stored), status: .created)
    response.headers[.location] = "/v1/inspections/\(stored.id ?? 0)"
    return response
  }

  /// How long a client is willing to wait (`Prefer: wait=10`, RFC 7240).
  private static func patience(_ request: Request) throws -> Duration? {
    let wishes = (request.headers[.prefer] ?? "").split { ", ;".contains($0) }
    guard let wish = wishes.first(where: { $0.lowercased().hasPrefix("wait=") }) else { return nil }
    guard let seconds = Int(wish.dropFirst(5)), (1...86400).contains(seconds) else {
      throw Problem(
        .badRequest, "Prefer: \(wish): it must be a whole number of seconds from 1 to 86400")
    }
    return .seconds(seconds)
  }

  /// A header of at most 200 characters.
  private static func word(_ request: Request, _ field: HTTPField.Name) throws -> String? {
    guard let word = request.headers[field], !word.isEmpty else { return nil }
    guard word.count <= 200 else {
      throw Problem(.badRequest, "\(field): longer than 200 characters; shorten it")
    }
    return word
  }

  /// A text without its %-escapes; as it is where they are none.
  private static func unescaped(_ word: String) -> String { word.removingPercentEncoding ?? word }

  /// A page of inspections, and where the next one begins.
  private struct List: Encodable {
    let inspections: [InspectionAnswer]
    let next: String?
  }

  @Sendable private func list(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let (found, next) = try await inspections(request)
    return try ServiceJSON.response(
      List(inspections: found.map(InspectionAnswer.init), next: next))
  }

  /// The inspections that a request searches for, and the address of those after them.
  func inspections(_ request: Request) async throws -> ([StoredInspection], next: String?) {
    let query = try History.Query(request)
    let found = try await service.history.inspections(query)
    let last = found.count == query.limit ? found.last?.id : nil
    return (
      found,
      last.map { Self.link(request, key: query.after == nil ? "before" : "after", $0) }
    )
  }

  /// The same request from another number on.
  private static func link(_ request: Request, key: String, _ id: Int64) -> String {
    var parts = (request.uri.query ?? "").split(separator: "&").map(String.init)
      .filter { !$0.hasPrefix("before=") && !$0.hasPrefix("after=") }
    parts.append("\(key)=\(id)")
    return "\(request.uri.path)?\(parts.joined(separator: "&"))"
  }

  func inspection(_ context: ServerContext) async throws -> StoredInspection {
    let text = try context.parameters.require("id")
    guard let id = Int64(text), let found = try await service.history.inspection(id) else {
      throw Problem(.notFound, "there is no inspection \(text)")
    }
    return found
  }

  @Sendable private func image(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let inspection = try await inspection(context)
    guard let digest = inspection.image, let bytes = try service.images.bytes(of: digest) else {
      throw Self.deleted(inspection)
    }
    var response = Self.file(bytes, type: Image.mediaType(of: bytes) ?? "application/octet-stream")
    // What somebody sent is looked at, never run.
    response.headers[.contentDisposition] = "inline; filename=\"\(inspection.id ?? 0)\""
    return response
  }

  /// The longest side of images on pages.
  private static let previewSide = 1600

  @Sendable private func preview(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let inspection = try await inspection(context)
    let asked = FormFields(request)["side"]
    guard let side = asked.map({ Int($0) }) ?? Self.previewSide,
      (16...Self.previewSide).contains(side)
    else { throw Problem(.badRequest, "side: it must be a whole number from 16 to 1600") }
    guard let png = try await service.preview(of: inspection, side: side) else {
      throw Self.deleted(inspection)
    }
    return Self.file(png, type: "image/png")
  }

  @Sendable private func heatMap(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let inspection = try await inspection(context)
    guard let png = try await service.heatMap(of: inspection) else {
      throw Self.deleted(inspection)
    }
    return Self.file(png, type: "image/png")
  }

  private static func deleted(_ inspection: StoredInspection) -> Problem {
    Problem(
      .notFound, "the image of inspection \(inspection.id ?? 0) is no longer kept, only its verdict"
    )
  }

  private static func file(_ bytes: Data, type: String) -> Response {
    Response(
      status: .ok,
      headers: [.contentType: type, .cacheControl: "private, max-age=31536000, immutable"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// What a person sends.
  private struct FeedbackRequest: Decodable {
    let label: StoredInspection.Feedback.Label
    let note: String?
    let by: String?
  }

  @Sendable private func feedback(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let id = try await inspection(context).id ?? 0
    let stored = try await uploads.body(of: request, upTo: 1 << 16) { bytes in
      guard let said = try? JSONDecoder().decode(FeedbackRequest.self, from: bytes) else {
        throw Problem(
          .badRequest,
          "send JSON such as {\"label\": \"good\", \"note\": \"…\", \"by\": \"…\"}; label is good, defect or unsure"
        )
      }
      return try await service.note(
        StoredInspection.Feedback(said.label, note: said.note, by: said.by), on: id)
    }
    guard let stored else { throw Problem(.notFound, "there is no inspection \(id)") }
    return try ServiceJSON.response(InspectionAnswer(stored))
  }
}

extension History.Query {
  /// What a request asks for.
  ///
  /// - Throws: A ``Problem`` that names the parameter that is not understood.
  init(_ request: Request) throws {
    self.init()
    let fields = FormFields(request)
    func take<Value>(_ name: String, _ what: String, _ read: (String) -> Value?) throws -> Value? {
      guard let text = fields[name] else { return nil }
      guard let value = read(text) else {
        throw Problem(.badRequest, "\(name)=\(text): it must be \(what)")
      }
      return value
    }
    model = try take("model", "a name") { $0 }
    decision = try take("decision", "good or anomalous", InspectionRecord.Decision.init(rawValue:))
    part = try take("part", "a part number") { $0 }
    name = try take("name", "a part of a name") { $0 }
    label = try take("feedback", "good, defect, unsure or none") { text in
      text == "none" ? Label.none : StoredInspection.Feedback.Label(rawValue: text).map(Label.given)
    }
    since = try take("since", Date.asked, Date.init(asked:))
    until = try take("until", Date.asked, Date.init(asked:))
    minScore = try take("minScore", "a finite number") { text in
      Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
    before = try take("before", "the number of an inspection", Int64.init)
    after = try take("after", "the number of an inspection", Int64.init)
    limit =
      try take("limit", "a whole number from 1 to 500") { text in
        Int(text).flatMap { (1...500).contains($0) ? $0 : nil }
      } ?? limit
  }
}
