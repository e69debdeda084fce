import Foundation
import HTTPTypes
import Hummingbird
import Serving
import UninformedStudents

/// The models that are served, and putting another in the place of one.
struct ModelRoutes: Sendable {
  let service: InspectionService
  let uploads: Uploads

  /// The most bytes of a model's file.
  private static let limit = 1 << 30

  func add(to router: Router<ServerContext>) {
    router.get("/v1/models") { _, _ in
      let depths = await service.depths()
      return try ServiceJSON.response(
        ["models": service.models.map { ModelAnswer($0, waiting: depths[$0.name] ?? 0) }])
    }
    router.get("/v1/models/:name") { _, context in
      try await answer(service.model(context.parameters.require("name")))
    }
    router.put("/v1/models/:name", use: replace)
    router.put("/v1/models/:name/false-alarms", use: choose)
    router.post("/v1/models/:name/calibrations", use: calibrate)
  }

  private func answer(
    _ model: ServedModel, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let waiting = await service.depths()[model.name] ?? 0
    return try ServiceJSON.response(ModelAnswer(model, waiting: waiting), status: status)
  }

  @Sendable private func replace(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let name = try context.parameters.require("name")
    _ = try service.model(name)
    let model = try await uploads.body(of: request, upTo: Self.limit) { bytes in
      try await service.replace(name, by: bytes)
    }
    return try ServiceJSON.response(ModelAnswer(model, waiting: 0))
  }
}

extension ModelRoutes {
  private struct Choice: Decodable {
    let falseAlarms: Double
  }

  @Sendable private func choose(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let name = try service.model(context.parameters.require("name")).name
    let asked = try await uploads.body(of: request, upTo: 1 << 16) { bytes in
      try? JSONDecoder().decode(Choice.self, from: bytes)
    }
    let share = try Self.share(
      asked?.falseAlarms,
      "send JSON such as {\"falseAlarms\": 0.01}; the share is above 0 and at most 1")
    return try await answer(service.choose(falseAlarms: share, for: name))
  }

  /// A share of false alarms that was sent.
  ///
  /// - Throws: A ``Problem`` with the remedy where it is none.
  static func share(_ given: Double?, _ remedy: String) throws -> Double {
    guard let given, given > 0, given <= 1 else { throw Problem(.badRequest, remedy) }
    return given
  }

  private struct SampleRequest: Decodable {
    var since: String?
    var until: String?
    var every: Int?
  }

  @Sendable private func calibrate(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let name = try service.model(context.parameters.require("name")).name
    let sample = try await uploads.body(of: request, upTo: 1 << 16) { bytes in
      guard !bytes.isEmpty else { return Sample() }
      guard let asked = try? JSONDecoder().decode(SampleRequest.self, from: bytes) else {
        throw Problem(
          .badRequest,
          "send no body, or JSON such as {\"since\": \"2026-01-31\", \"until\": \"2026-02-28\", \"every\": 10}"
        )
      }
      return try Sample(since: asked.since, until: asked.until, every: asked.every.map(String.init))
    }
    return try await answer(service.calibrate(name, on: sample), status: .created)
  }
}

extension Sample {
  /// A sample as a request names it.
  ///
  /// - Throws: A ``Problem`` that names what is not understood.
  init(since: String?, until: String?, every: String?) throws {
    let count = every.map { Int($0) } ?? 1
    guard let count, (1...1_000_000).contains(count) else {
      throw Problem(
        .badRequest, "every=\(every ?? ""): it must be a whole number from 1 to 1000000")
    }
    self.init(
      since: try Self.time(since, "since"), until: try Self.time(until, "until"), every: count)
  }

  private static func time(_ text: String?, _ name: String) throws -> Date? {
    guard let text else { return nil }
    guard let time = Date(asked: text) else {
      throw Problem(.badRequest, "\(name)=\(text): it must be \(Date.asked)")
    }
    return time
  }
}

extension Date {
  /// What ``init(asked:)`` takes.
  static let asked = "a time such as 2026-01-31T08:00:00Z, or a day such as 2026-01-31"

  /// A time of a request, or the beginning of a day.
  init?(asked text: String) {
    let time =
      (try? Date(text, strategy: .iso8601))
      ?? (try? Date(text, strategy: .iso8601.year().month().day()))
    guard let time else { return nil }
    self = time
  }
}

/// A model as the API tells it.
struct ModelAnswer: Encodable {
  let name: String
  let fingerprint: String
  let waiting: Int
  let threshold: Float
  let falseAlarms: Double
  let calibrationImages: Int
  let verification: Verification?
  let inspections: String

  init(_ model: ServedModel, waiting: Int) {
    let threshold = model.threshold
    name = model.name
    fingerprint = model.fingerprint
    self.waiting = waiting
    self.threshold = threshold.score
    falseAlarms = threshold.falseAlarms
    calibrationImages = model.inspector.calibration.images.count
    verification = model.verification
    inspections = "/v1/models/\(model.name)/inspections"
  }
}
