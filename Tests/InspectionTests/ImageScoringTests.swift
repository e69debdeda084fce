import AnomalyDetection
import Datasets
import Images
import TestSupport
import Testing

@testable import Inspection

/// How high surroundings rise in images of good parts, which scores depend on.
@Suite struct `Surroundings` {
  private let images = ImageCollection(
    (1...30).map { colored(height: 16, width: 24, seed: UInt64($0)) })

  private func trained(topShare: Double = Calibration.defaultTopShare) async throws -> TrainedModel
  {
    try await TrainedModel.train(
      BrightPixels(), on: images, framing: Framing(side: 16), topShare: topShare,
      run: TrainingRun())
  }

  @Test func `are measured in what was learnt from, not in what is held out`() async throws {
    let model = try await trained()
    let parts = try model.parts(of: images)
    let mapper = try await model.inspector().mapper
    var highest: [Float] = []
    for good in [parts.training, parts.heldOut] {
      var most = -Float.infinity
      for try await mapped in mapper.maps(of: good, framing: model.framing) {
        most = max(most, try mapped.get().evidence.map.surroundings.max() ?? most)
      }
      highest.append(most)
    }
    #expect(parts.training.count == 20 && highest[0] != highest[1])
    #expect(model.calibration.scoring == ImageScoring(topShare: 0.003, surroundings: highest[0]))
  }

  @Test func `come to a model of an older version by what it has learnt from`() async throws {
    let old = try await trained(topShare: 0)
    #expect(old.calibration.scoring == ImageScoring(topShare: 0))
    let parts = try old.parts(of: images)
    let without = try await old.calibrated(on: parts.heldOut, topShare: 0.003, run: TrainingRun())
    #expect(without.calibration.scoring == ImageScoring(topShare: 0.003))
    let new = try await old.calibrated(
      on: parts.heldOut, topShare: 0.003, learnt: parts.training, run: TrainingRun())
    #expect(new.calibration == (try await trained()).calibration)
    // The highest pixel alone is taken as it is.
    let highest = try await new.calibrated(on: parts.heldOut, topShare: 0, run: TrainingRun())
    #expect(highest.calibration == old.calibration)
  }
}
