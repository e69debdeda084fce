public import AnomalyDetection
public import Datasets
import Foundation
import ModelFiles
import Tensors

extension TrainedModel {
  /// The part of the fingerprint that tells a model with rounded weights from the one that it comes from.
  private static let part = "weights"

  /// How much scores may change by rounding, as a share of them.
  static let mostHalvingChange: Float = 1e-3

  /// Whether the weights have no more digits than numbers of 16 bits.
  public var isHalved: Bool { provenance.fingerprint.parts[Self.part] != nil }

  /// The model with weights rounded to 16 bits (IEEE 754), which files then hold in half the space, and a
  /// calibration of its own.
  ///
  /// Maps are computed with 32 bits as before. What normalises scores stays as it is.
  ///
  /// - Parameters:
  ///   - good: Good images that the model has not learnt from.
  ///   - density: At how many pixels descriptors are computed; nil for that of ``calibration``.
  ///   - topShare: As for ``calibrated(on:density:precision:topShare:learnt:keepsProof:run:)``.
  ///   - learnt: Likewise.
  ///   - keepsProof: Likewise.
  ///   - run: Device and progress.
  /// - Returns: The model, and by what share of itself a score changed at the most.
  /// - Throws: ``CalibrationError/changedByHalving(_:)`` where that is more than a thousandth, and what
  ///   calibrating throws.
  public func halved(
    calibratedOn good: ImageCollection, density: Density? = nil, topShare: Double? = nil,
    learnt: ImageCollection? = nil, keepsProof: Bool? = nil, run: TrainingRun
  ) async throws -> (model: TrainedModel, largestChange: Float) {
    let before = try await calibrated(
      on: good, density: density, precision: .fp32, topShare: topShare, learnt: learnt,
      keepsProof: false, run: run)
    var model = try withHalvedWeights()
    model.proof = proof?.keeping([])
    model = try await model.calibrated(
      on: good, density: density, precision: .fp32, topShare: topShare, learnt: learnt,
      keepsProof: keepsProof, run: run)
    // Scores with other weights belong to another model.
    model.calibrations = [model.calibration]
    model.proof = model.proof?.keeping(model.calibrations)
    let scores = Dictionary(
      before.calibration.images.map { ($0.name, $0.score) }, uniquingKeysWith: { first, _ in first }
    )
    let change = model.calibration.images.map { image in
      let score = scores[image.name] ?? image.score
      return score == image.score
        ? 0 : abs(image.score - score) / max(abs(score), .leastNormalMagnitude)
    }.max()
    let largest = change ?? 0
    guard largest <= Self.mostHalvingChange else {
      throw CalibrationError.changedByHalving(largest)
    }
    return (model, largest)
  }

  /// The same with matrices and kernels rounded.
  private func withHalvedWeights() throws -> TrainedModel {
    let kind = type(of: detector)
    var file = ModelFile(method: kind.method)
    try detector.write(to: &file)
    for (name, tensor) in file.tensors where tensor.type == .float32 && tensor.shape.count > 1 {
      file.tensors[name] = try tensor.to(.float16).to(.float32)
    }
    var model = self
    model.detector = try kind.init(from: file)
    model.provenance.fingerprint = provenance.fingerprint.with(Self.part, "float16")
    return model
  }
}
