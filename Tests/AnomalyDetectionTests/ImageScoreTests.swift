import Foundation
import TestSupport
import Testing

@testable import AnomalyDetection

@Suite struct `The score of an image` {
  @Test func `is the mean of its most anomalous pixels`() {
    let map = AnomalyMap(height: 2, width: 5, scores: [4, 1, 9, 2, 8, 3, 7, 5, 6, 0])
    #expect(map.score(ofTop: 0.2) == 8.5)
    #expect(map.score(ofTop: 0.3) == 8)
    #expect(map.score(ofTop: 1) == 4.5)
    // At least one pixel.
    #expect(map.score(ofTop: 0) == 9 && map.score(ofTop: 0.01) == 9)
    #expect(map.peak == 9)
  }

  /// What never decides neither scores nor counts.
  @Test func `leaves ignored pixels out`() {
    let map = AnomalyMap(height: 1, width: 6, scores: [1, 99, 3, 2, 98, 4])
      .ignoring([false, true, false, false, true, false])
    #expect(map.score(ofTop: 0.5) == 3.5)
    #expect(map.score(ofTop: 1) == 2.5)
  }

  @Test(arguments: [[Float.nan, 1, 2], [1, 2, .nan], [.infinity, .nan, 0]])
  func `is never lost behind a number`(scores: [Float]) {
    let map = AnomalyMap(height: 1, width: 3, scores: scores)
    for share in [0, 0.4, 1] { #expect(map.score(ofTop: share).isNaN) }
  }

  /// Sorted, added up in 64 bits: of numbers of all sizes and signs, many of them equal or in the same
  /// half of their bits.
  @Test func `equals the slow way`() {
    var random = SystemlessGenerator(state: 3)
    for round in 0..<200 {
      let count = Int.random(in: 1...300, using: &random)
      let values = (0..<count).map { _ -> Float in
        switch round % 4 {
        case 0: Float.random(in: -3...3, using: &random)
        case 1: Float(Int.random(in: -2...2, using: &random))
        case 2: 1 + Float(Int.random(in: 0...9, using: &random)) * .ulpOfOne
        default:
          Float(
            sign: Bool.random(using: &random) ? .plus : .minus,
            exponent: Int.random(in: -120...100, using: &random), significand: 1.5)
        }
      }
      for taken in Set([1, 2, count / 3, count - 1, count]) where (1...count).contains(taken) {
        let sum = values.sorted(by: >).prefix(taken).reduce(0) { $0 + Double($1) }
        let found = values.meanOfHighest(taken)
        let slow = Float(sum / Double(taken))
        let size = values.reduce(0) { max($0, abs(Double($1))) }
        #expect(abs(Double(found) - Double(slow)) <= 1e-7 * size, "\(taken) of \(values)")
        if taken == 1 { #expect(found == values.max()) }
      }
    }
    #expect([Float.infinity, 1, 2].meanOfHighest(2) == .infinity)
    #expect([-Float.infinity, -1, -0.0, 0].meanOfHighest(3) == Float(-1.0 / 3))
  }
}
