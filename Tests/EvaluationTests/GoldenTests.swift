import Evaluation
import Foundation
import TestSupport
import Testing

private struct Values: Decodable {
  struct Case: Decodable {
    let seed: UInt64
    let levels: Int
    let count: Int
    let height: Int
    let width: Int
    let rocAUC: Double
    let pro: Double
    let regions: Int
  }
  let cases: [Case]
}

/// The pictures of `Tests/Golden/evaluation/make.py`.
private struct Pictures {
  var scores: [[Float]] = []
  var masks: [[Bool]] = []

  init(_ made: Values.Case) {
    var numbers = GoldenNumbers(state: made.seed)
    let size = made.height * made.width
    let values = (0..<made.count * size).map { _ in numbers.next() }
    let noise = (0..<made.count * size).map { _ in numbers.next() }
    let raised = (Double(made.levels) * 0.2).rounded(.down)
    for number in 0..<made.count {
      let mask = (0..<size).map { pixel in
        let (row, column) = (pixel / made.width / 4 * 4, pixel % made.width / 4 * 4)
        return number > 0 && noise[number * size + row * made.width + column] < 0.25
      }
      masks.append(mask)
      scores.append(
        (0..<size).map { pixel in
          let value = (values[number * size + pixel] * Double(made.levels)).rounded(.down)
          return Float(value + (mask[pixel] ? raised : 0))
        })
    }
  }
}

@Suite struct `Golden figures` {
  @Test func `of scikit-learn and scipy are met`() throws {
    let values = try Golden.read(Values.self, "evaluation/values.json")
    #expect(values.cases.count == 4)
    for made in values.cases {
      let pictures = Pictures(made)
      let evaluation = try PixelEvaluation(
        zip(pictures.scores, pictures.masks).map { scores, mask in
          .init(height: made.height, width: made.width, scores: scores, mask: mask)
        })
      #expect(abs(try evaluation.roc().area() - made.rocAUC) < 1e-6, "seed \(made.seed)")
      let area = try evaluation.perRegionOverlap().area(upTo: 0.3)
      #expect(abs(area - made.pro) < 1e-6, "seed \(made.seed)")
      let regions = pictures.masks.reduce(0) {
        $0 + ConnectedRegions(of: $1, height: made.height, width: made.width).regions.count
      }
      #expect(regions == made.regions)
    }
  }
}
