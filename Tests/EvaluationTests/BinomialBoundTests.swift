import Evaluation
import Foundation
import Testing

@Suite struct `The quantile of a beta distribution` {
  /// The greatest of n uniform numbers lies below x with probability xⁿ, the least above it with
  /// (1 − x)ⁿ.
  @Test(arguments: [1, 2, 9, 27, 99, 5000]) func `has the closed forms at the ends`(count: Int) {
    for quantile in [0.05, 0.5, 0.95] {
      let least = 1 - pow(1 - quantile, 1 / Double(count))
      let greatest = pow(quantile, 1 / Double(count))
      #expect(abs(betaQuantile(quantile, successes: 1, of: count) - least) < 1e-9)
      #expect(abs(betaQuantile(quantile, successes: count, of: count) - greatest) < 1e-9)
    }
  }

  /// Values of scipy.stats.beta(k, n + 1 − k).ppf(0.95), SciPy 1.17.
  @Test func `equals SciPy's`() {
    let cases: [(k: Int, n: Int, value: Double)] = [
      (1, 9, 0.283129), (2, 27, 0.163974), (3, 20, 0.282619), (5, 99, 0.090074),
      (10, 50, 0.293091),
    ]
    for (k, n, value) in cases {
      #expect(abs(betaQuantile(0.95, successes: k, of: n) - value) < 2e-6, "\(k) of \(n)")
    }
  }
}
