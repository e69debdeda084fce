import AnomalyDetection
import Datasets
import Images

extension TrainingRun {
  /// How images are scored, with surroundings as high as in images that were learnt from.
  ///
  /// Those held out are left out: their scores would differ from that of a new image then.
  func scoring(
    _ topShare: Double, by mapper: Mapper, _ learnt: ImageCollection, framing: Framing? = nil
  ) async throws -> ImageScoring {
    guard topShare > 0 else { return ImageScoring(topShare: topShare) }
    let count = min(learnt.count, Self.surroundingsImages)
    let some = learnt.selecting((0..<count).map { $0 * learnt.count / count })
    let highest = try await measurements(
      "measuring surroundings", of: some, by: mapper, framing: framing, width: 1, settings: "mean"
    ) { [Double($0.map.surroundings.max() ?? 0)] }
    return ImageScoring(
      topShare: topShare, surroundings: Float(highest.map { $0[0] }.max() ?? 0))
  }

  /// How many images tell how high surroundings are.
  private static let surroundingsImages = 20

  /// What good images score that were not learnt from, by a run that knows all that this depends on.
  func scores(
    of good: ImageCollection, by mapper: Mapper, framing: Framing? = nil, scoring: ImageScoring
  ) async throws -> [Calibration.ScoredImage] {
    let measured = try await measurements(
      "calibrating", of: good, by: mapper, framing: framing, width: 3, settings: scoring.text
    ) { [Double($0.map.score(by: scoring)), $0.map.mean, Double($0.map.peak)] }
    return measured.enumerated().map { number, numbers in
      Calibration.ScoredImage(
        name: good.name(number), score: Float(numbers[0]), mean: Float(numbers[1]),
        peak: Float(numbers[2]))
    }
  }
}
