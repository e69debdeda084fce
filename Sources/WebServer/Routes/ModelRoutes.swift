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
      let model = try service.model(context.parameters.require("name"))
      return try ServiceJSON.response(
        ModelAnswer(model, waiting: await service.depths()[model.name] ?? 0))
    }
    router.put("/v1/models/:name", use: replace)
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

/// A model as the API tells it.
struct ModelAnswer: Encodable {
  let name: String
  let fingerprint: String
  let waiting: Int
  let threshold: Float
  let falseAlarms: Double
  let calibrationImages: Int
  let inspections: String

  init(_ model: ServedModel, waiting: Int) {
    let calibration = model.inspector.calibration
    let threshold = calibration.threshold(falseAlarms: model.falseAlarms)
    name = model.name
    fingerprint = model.fingerprint
    self.waiting = waiting
    self.threshold = threshold.score
    falseAlarms = threshold.falseAlarms
    calibrationImages = calibration.images.count
    inspections = "/v1/models/\(model.name)/inspections"
  }
}
