import Datasets
import Files
import Foundation
import UninformedStudents

extension InspectionService {
  /// Calibrates a model again, on those of its inspections that people have called good; it decides by that from now
  /// on, also after a restart, and what it decided before keeps its fingerprint.
  ///
  /// The promise holds for a fair sample alone. So each inspection of the sample must have been reviewed, whatever it
  /// scored: where people look at high scores only, the rest would be missing. Nothing is mapped again: the
  /// scores are those of the history.
  ///
  /// - Parameters:
  ///   - name: The model's name.
  ///   - sample: Which of the inspections that the model has made with its present calibration.
  /// - Returns: The model as it decides now.
  /// - Throws: ``ServiceError`` where a sample is not reviewed as a whole, `GoodImagesError` where the model has learnt
  ///   from some of the images, and what reading images and writing the model throw.
  @discardableResult
  public func calibrate(_ name: String, on sample: Sample) async throws -> ServedModel {
    try await replace(name) { model, path in
      let good = try await self.reviewedGood(sample, of: model)
      let trained = model.inspector.model
      let images = ImageCollection(
        good.map { inspection, name in
          ImageSource(
            contentsOf: self.images.path(inspection.image ?? ""), named: name,
            maxPixels: self.settings.maxPixels, reading: trained.reading)
        })
      let scored = try good.map { inspection, name in
        let map = try self.keptMap(inspection)
        return Calibration.ScoredImage(
          name: name, score: inspection.record.score, mean: map.mean, peak: map.peak)
      }
      try trained.calibrated(by: scored, of: images).write(to: path)
    }
  }

  /// The images of a sample that people have called good, each once, under the names that the calibration gives them.
  private func reviewedGood(
    _ sample: Sample, of model: ServedModel
  ) async throws -> [(StoredInspection, name: String)] {
    let found = try await history.inspections(
      of: sample, model: model.name, by: model.fingerprint)
    let isReviewed = { (inspection: StoredInspection) in
      [.good, .defect].contains(inspection.feedback?.label)
    }
    let open = found.count { !isReviewed($0) }
    guard open == 0 else { throw ServiceError.notReviewed(open, of: found.count) }
    let good = found.filter { $0.feedback?.label == .good }
    guard !good.isEmpty else { throw ServiceError.noneGood(of: found.count) }
    let deleted = good.count { $0.image == nil }
    guard deleted == 0 else { throw ServiceError.notKept(deleted, of: found.count) }
    var known: Set<String> = []
    return good.filter { known.insert($0.image ?? "").inserted }.map {
      ($0, "inspection \($0.id ?? 0): \($0.record.image)")
    }
  }

  /// Mean and highest score of the pixels that decide, from the map that is kept.
  private func keptMap(_ inspection: StoredInspection) throws -> (mean: Float, peak: Float) {
    let scores = try images.scores(of: inspection.image ?? "", by: inspection.record.model) ?? []
    let side = inspection.view.placement.side
    let deciding = scores.count == side * side ? scores.filter(\.isFinite) : []
    guard let peak = deciding.max() else { throw ServiceError.notKept(1, of: 1) }
    return (Float(deciding.reduce(0) { $0 + Double($1) } / Double(deciding.count)), peak)
  }
}
