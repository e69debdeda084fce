import Foundation

/// What `successes` of `trials` say of a probability: the quantile of Beta(k, n + 1 − k).
///
/// The k-th smallest of n uniform numbers has this distribution (David and Nagaraja 2003): so has the
/// share of good images that lie above the k-th highest of n calibration scores.
///
/// - Parameters:
///   - quantile: How sure to be, in 0…1.
///   - successes: k, in 1…n.
///   - trials: n, at least 1.
/// - Returns: The probability x for which a Beta(k, n + 1 − k) lies below x so often.
public func betaQuantile(_ quantile: Double, successes: Int, of trials: Int) -> Double {
  precondition((1...trials).contains(successes), "\(successes) of \(trials)")
  // The logarithm of how many ways there are to succeed so often, for each number from k on.
  var logFactorials = [0.0]
  for count in 1...trials { logFactorials.append(logFactorials[count - 1] + log(Double(count))) }
  let logWays = (successes...trials).map {
    logFactorials[trials] - logFactorials[$0] - logFactorials[trials - $0]
  }
  // Beta(k, n + 1 − k) lies below x as often as n throws with chance x succeed k times or more.
  let isReached = { (chance: Double) -> Bool in
    var tail = 0.0
    for (count, ways) in zip(successes...trials, logWays) {
      let (succeeded, failed) = (Double(count), Double(trials - count))
      tail += exp(ways + succeeded * log(chance) + failed * log1p(-chance))
    }
    return tail >= quantile
  }
  var (low, high) = (0.0, 1.0)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if isReached(middle) { high = middle } else { low = middle }
  }
  return (low + high) / 2
}
