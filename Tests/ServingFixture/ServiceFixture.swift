package import Foundation
package import Serving
import Networks
import UninformedStudents

/// A small model and images for tests of the service; the model is trained once.
package enum ServiceFixture {
  package static let side = 64

  /// An image of noise as PNG; a defective one has a bright square.
  package static func image(_ seed: UInt64, isDefective: Bool = false) throws -> Data {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let pixels = (0..<side * side).flatMap { pixel -> [Float] in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let isMarked =
        isDefective && (20..<40).contains(pixel / side) && (20..<40).contains(pixel % side)
      let value = Float(state >> 40) / Float(1 << 24) * 0.2 + (isMarked ? 0.7 : 0.3)
      return [value, value, value]
    }
    return try Image(height: side, width: side, pixels: pixels).encoded()
  }

  private static let trained = Task {
    var options = MethodOptions()
    (options.scales, options.vectors, options.centers) = ([.p17], 500, 5)
    let good = ImageCollection(
      try (0..<40).map { ImageSource(bytes: try image(UInt64($0 + 1)), name: "good-\($0).png") })
    let run = TrainingRun(seed: 1, teachers: [.p17: try PatchDescriptor(.p17, seed: 1)])
    return try await TrainedModel.train(
      MethodEntry.kmeans.method(options), on: good, framing: Framing(side: side), run: run)
  }

  /// The model's file in a folder.
  package static func model(in folder: String, named name: String = "part") async throws -> String {
    let path = "\(folder)/\(name).students"
    try await trained.value.write(to: path)
    return path
  }

  /// A service of one model, named `part`.
  package static func service(
    in folder: String, _ settings: InspectionService.Settings = .init(),
    falseAlarms: Double? = nil, together: Int? = nil
  ) async throws -> InspectionService {
    try await InspectionService(
      [
        try await ServedModel(
          contentsOf: model(in: folder), name: "part", on: .cpu, falseAlarms: falseAlarms,
          together: together)
      ], folder: "\(folder)/data", settings: settings)
  }
}
