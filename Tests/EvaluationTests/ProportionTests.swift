import Evaluation
import Foundation
import Testing

@Suite struct `A proportion` {
  @Test func `is sure of nothing after one case, and says so at the ends`() {
    #expect(Proportion(0, of: 1).interval.low == 0)
    #expect(abs(Proportion(0, of: 1).interval.high - 0.975) < 1e-9)
    let all = Proportion(20, of: 20)
    #expect(all.share == 1 && all.interval.high == 1)
    #expect(abs(all.interval.low - pow(0.025, 1.0 / 20)) < 1e-9)
  }

  /// The probability of the count or more is 0.025 at the lower end, of the count or less at the upper.
  @Test(arguments: [(1, 4), (3, 20), (19, 20), (30, 97)])
  func `has the interval of Clopper and Pearson`(count: Int, total: Int) {
    let probability = { (counts: ClosedRange<Int>, chance: Double) in
      counts.reduce(0.0) { sum, count in
        let ways = (0..<count).reduce(1.0) { $0 * Double(total - $1) / Double($1 + 1) }
        return sum + ways * pow(chance, Double(count)) * pow(1 - chance, Double(total - count))
      }
    }
    let interval = Proportion(count, of: total).interval
    #expect(abs(probability(count...total, interval.low) - 0.025) < 1e-9)
    #expect(abs(probability(0...count, interval.high) - 0.025) < 1e-9)
  }
}
