import AnomalyDetection
import Testing

@testable import Inspection

@Suite struct `Exported models` {
  /// The good image whose score is the threshold stays good where its score is rounded up, and the next one does
  /// not become good.
  @Test(arguments: [[-3, -2.9999, 1, 1.00001, 1.5], [4, 4, 4], [0, 0, 7]] as [[Float]])
  func `decide a little above the threshold`(scores: [Float]) {
    let calibration = Calibration(scores: scores)
    for rate in [0, 0.3, 0.5, 0.9, 1] {
      let score = calibration.threshold(falseAlarms: rate).score
      let level = calibration.levelElsewhere(falseAlarms: rate)
      #expect(level >= score && level <= score + 1.01e-4 * abs(score))
      for next in scores where next > score { #expect(level < next) }
    }
  }
}
