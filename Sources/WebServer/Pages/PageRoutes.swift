import Files
import Foundation
import HTTPTypes
import Hummingbird
import Serving
import Mustache
import UninformedStudents

/// The pages, which people read: made here, so that they can be read without script.
struct PageRoutes: Sendable {
  let service: InspectionService
  let uploads: Uploads
  let token: String?
  private let templates: MustacheLibrary

  init(_ service: InspectionService, _ uploads: Uploads, token: String?) throws {
    (self.service, self.uploads, self.token) = (service, uploads, token)
    templates = try Templates.library()
  }

  func add(to router: Router<ServerContext>) {
    router.get("/") { _, _ in Response(status: .seeOther, headers: [.location: "/live"]) }
    router.get("/live", use: shown(live))
    router.get("/history", use: shown(history))
    router.get("/inspections/:id", use: shown(inspection))
    router.post("/inspections/:id/feedback", use: shown(feedback))
    router.get("/drift") { _, _ in
      page("drift", "Drift", ["drifts": service.drifts.map(DriftRow.init)])
    }
    router.get("/try") { _, _ in
      page("try", "Try", ["models": service.models.map(\.name)])
    }
    router.get("/sign-in") { _, _ in page("sign-in", "Sign in", [:]) }
    router.post("/sign-in", use: shown(signIn))
    ReviewPage(pages: self).add(to: router)
    ModelPage(pages: self).add(to: router)
  }

  typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

  /// The same, what goes wrong said on a page.
  func shown(_ handler: @escaping Handler) -> Handler {
    { request, context in
      do {
        return try await handler(request, context)
      } catch {
        let problem = Problem(error, in: context)
        var response = page(
          "problem", problem.title, ["detail": problem.detail, "back": request.headers[.referer]])
        response.status = .init(code: problem.status)
        if let seconds = problem.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        return response
      }
    }
  }

  @Sendable private func live(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    var query = History.Query()
    query.limit = 24
    let found = try await service.history.inspections(query)
    return page(
      "live", "Live",
      [
        "latest": found.first.map(Row.init), "others": found.dropFirst().map(Row.init),
        "last": try await service.history.latest(),
      ])
  }

  @Sendable private func history(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let (found, next) = try await InspectionRoutes(service: service, uploads: uploads)
      .inspections(request)
    let fields = FormFields(request)
    return page(
      "history", "History",
      [
        "rows": found.map(Row.init), "isEmpty": found.isEmpty,
        "next": next, "name": fields["name"], "part": fields["part"],
        "since": fields["since"],
        "models": service.models.map {
          Choice(value: $0.name, text: $0.name, isChosen: $0.name == fields["model"])
        },
        "decisions": ["good", "anomalous"].map {
          Choice(value: $0, text: $0, isChosen: $0 == fields["decision"])
        },
        "labels": ["none", "good", "defect", "unsure"].map { label in
          Choice(
            value: label, text: label == "none" ? "not reviewed" : label,
            isChosen: label == fields["feedback"])
        },
      ])
  }

  @Sendable private func inspection(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let found = try await InspectionRoutes(service: service, uploads: uploads).inspection(context)
    return page("inspection", "Inspection \(found.id ?? 0)", Self.values(of: found))
  }

  /// What the templates show of an inspection.
  static func values(of found: StoredInspection) -> [String: Any?] {
    let record = found.record
    return [
      "row": Row(found), "width": record.width, "height": record.height,
      "threshold": decimal(Double(record.threshold)), "falseAlarms": percent(record.falseAlarms),
      "regions": record.regions.prefix(20).enumerated().map(RegionRow.init),
      "hasRegions": !record.regions.isEmpty, "unlike": record.unlike, "notes": record.notes,
      "note": found.feedback?.note, "by": found.feedback?.by,
      "labels": StoredInspection.Feedback.Label.allCases.map {
        Choice(
          value: $0.rawValue, text: $0.rawValue, isChosen: $0 == found.feedback?.label)
      },
      "isKept": found.image != nil,
    ]
  }

  /// Feedback of the form, for browsers without script.
  @Sendable private func feedback(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let id = try context.parameters.require("id", as: Int64.self)
    let form = try await form(request)
    guard let label = form["label"].flatMap(StoredInspection.Feedback.Label.init(rawValue:)) else {
      throw Problem(.badRequest, "label: it must be good, defect or unsure")
    }
    let said = StoredInspection.Feedback(label, note: form["note"], by: form["by"])
    guard try await service.note(said, on: id) != nil else {
      throw Problem(.notFound, "there is no inspection \(id)")
    }
    // On to what is to be reviewed next; nowhere else, whatever the form says.
    let next = form[label == .unsure ? "nextUnsure" : "next"].flatMap {
      $0.hasPrefix("/review?") ? $0 : nil
    }
    return try Self.seeOther(next ?? "/inspections/\(id)")
  }

  @Sendable private func signIn(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let given = try await form(request)["token"] ?? ""
    guard let token, Access<ServerContext>.isSame(given, token) else {
      var response = page("sign-in", "Sign in", ["isWrong": true])
      response.status = .unauthorized
      return response
    }
    var response = Response(status: .seeOther, headers: [.location: "/live"])
    response.headers[.setCookie] =
      "\(Access<ServerContext>.cookie)=\(Access<ServerContext>.proof(of: token)); "
      + "Path=/; HttpOnly; SameSite=Strict"
    return response
  }

  /// An answer that leads to another page of this service.
  static func seeOther(_ path: String) throws -> Response {
    guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Problem(.badRequest, "\(path): not an address of this service")
    }
    return Response(status: .seeOther, headers: [.location: path])
  }

  /// The fields that a form sends.
  func form(_ request: Request) async throws -> FormFields {
    try await uploads.body(of: request, upTo: 1 << 16) {
      FormFields(String(decoding: $0, as: UTF8.self))
    }
  }

  func page(_ template: String, _ title: String, _ values: [String: Any?]) -> Response {
    var values = values.compactMapValues(\.self)
    values["title"] = title
    values["places"] = [
      ("live", "Live"), ("history", "History"), ("review", "Review"), ("drift", "Drift"),
      ("models", "Models"), ("try", "Try"),
    ].map { Choice(value: $0.0, text: $0.1, isChosen: $0.0 == template) }
    let text = templates.render(values, withTemplate: template) ?? ""
    return Response(
      status: .ok,
      headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// The templates, which come with the program.
enum Templates {
  /// - Throws: What reading a template throws: the program is not whole then.
  static func library() throws -> MustacheLibrary {
    var templates: [String: MustacheTemplate] = [:]
    let folder = "\(try resourceFolder(ofModule: "WebServer"))/Templates"
    for name in try names(inFolder: folder) where SystemPath.ending(name) == "mustache" {
      let bytes = try contents(ofFile: "\(folder)/\(name)") ?? Data()
      templates[SystemPath.stem(name)] = try MustacheTemplate(
        string: String(decoding: bytes, as: UTF8.self))
    }
    return MustacheLibrary(templates: templates)
  }
}
