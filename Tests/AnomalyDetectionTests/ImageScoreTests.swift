import Foundation
import TestSupport
import Testing

@testable import AnomalyDetection

@Suite struct `The score of an image` {
  @Test func `is the mean of its most anomalous pixels`() {
    let map = AnomalyMap(height: 2, width: 5, scores: [4, 1, 9, 2, 8, 3, 7, 5, 6, 0])
    #expect(map.score(by: ImageScoring(topShare: 0.2)) == 8.5)
    #expect(map.score(by: ImageScoring(topShare: 0.3)) == 8)
    #expect(map.score(by: ImageScoring(topShare: 1)) == 4.5)
    // At least one pixel.
    #expect(
      map.score(by: ImageScoring(topShare: 0)) == 9
        && map.score(by: ImageScoring(topShare: 0.01)) == 9)
    #expect(map.peak == 9)
  }

  /// What never decides neither scores nor counts.
  @Test func `leaves ignored pixels out`() {
    let map = AnomalyMap(height: 1, width: 6, scores: [1, 99, 3, 2, 98, 4])
      .ignoring([false, true, false, false, true, false])
    #expect(map.score(by: ImageScoring(topShare: 0.5)) == 3.5)
    #expect(map.score(by: ImageScoring(topShare: 1)) == 2.5)
  }

  @Test(arguments: [[Float.nan, 1, 2], [1, 2, .nan], [.infinity, .nan, 0]])
  func `is never lost behind a number`(scores: [Float]) {
    let map = AnomalyMap(height: 1, width: 3, scores: scores)
    for share in [0, 0.4, 1] {
      for surroundings in [nil, 0, 9] as [Float?] {
        let scoring = ImageScoring(topShare: share, surroundings: surroundings)
        #expect(map.score(by: scoring).isNaN)
      }
    }
  }

  /// Each pixel of the square around it that decides and lies within the map, one by one.
  @Test(arguments: [(48, 80, false), (48, 80, true), (5, 7, true), (1, 40, false)])
  func `has surroundings that are the mean of those around`(
    height: Int, width: Int, ignores: Bool
  ) {
    var random = SystemlessGenerator(state: 5)
    let scores = (0..<height * width).map { _ in Float.random(in: -2...9, using: &random) }
    let isIgnored = scores.map { _ in ignores && Int.random(in: 0..<3, using: &random) > 0 }
    let map = AnomalyMap(height: height, width: width, scores: scores)
      .ignoring(ignores ? isIgnored : nil)
    let surroundings = map.surroundings
    let (rows, columns) = (height / 16, width / 16)
    for row in 0..<height {
      for column in 0..<width {
        var (sum, count) = (0.0, 0.0)
        for y in max(0, row - rows)...min(height - 1, row + rows) {
          for x in max(0, column - columns)...min(width - 1, column + columns)
          where !isIgnored[y * width + x] {
            sum += Double(scores[y * width + x])
            count += 1
          }
        }
        let found = Double(surroundings[row * width + column])
        #expect(abs(found - (count > 0 ? sum / count : 0)) < 1e-5, "\(row), \(column)")
      }
    }
  }

  /// What rises softly counts less than what rises steeply to less height; what is high everywhere counts.
  @Test func `is that of what stands out`() {
    var soft = [Float](repeating: 0, count: 32 * 32)
    for row in 8..<24 { for column in 8..<24 { soft[row * 32 + column] = 5 } }
    var steep = soft.map { _ in Float(0) }
    steep[16 * 32 + 16] = 4
    let everywhere = soft.map { _ in Float(9) }
    let score = { (scores: [Float], surroundings: Float?) in
      AnomalyMap(height: 32, width: 32, scores: scores)
        .score(by: ImageScoring(topShare: 0.001, surroundings: surroundings))
    }
    #expect(score(soft, nil) > score(steep, nil))
    // A corner of the square has 9 of 25 pixels around it within; the pixel has 1 of 25.
    #expect(abs(score(soft, 6) - 5 * 16 / 25) < 1e-5)
    #expect(abs(score(steep, 6) - 4 * 24 / 25) < 1e-5)
    #expect(score(everywhere, 6) == 3 && score(everywhere, 0) == 9)
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
