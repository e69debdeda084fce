/// Tells, score by score, whether what comes still looks like what came before.
///
/// A conformal martingale: each score's rank among all before it, ties broken at random, is uniform and
/// independent of the others as long as the scores could have come in any other order. A gambler who bets
/// against that, and jumps between betting on low, high and no ranks, then has no better than a fair game: the
/// chance of ever having a hundred times the stake is at most 1 in 100 (Ville 1939; Vovk et al. 2021, the
/// Simple Jumper).
struct ExchangeabilityTest: Sendable {
  /// Which way each gambler leans, and what they have.
  private var capital: [(lean: Double, amount: Double)] = [-1, 0, 1].map { ($0, 1.0 / 3) }
  /// All scores so far, ascending.
  private var scores: [Float]

  /// The share of all that is dealt out again before each score.
  private static let jump = 0.01

  /// The gamblers have this much at least before anybody is told; they ever do so by chance once in as many
  /// histories.
  static let alarm = 100.0

  /// A test that has seen some scores.
  init(of scores: [Float]) { self.scores = scores.sorted() }

  /// What the gamblers have, of a stake of 1.
  private(set) var evidence = 1.0
  /// The most that they ever had.
  private(set) var highestEvidence = 1.0

  /// Takes the next score.
  ///
  /// - Parameters:
  ///   - score: A finite number.
  ///   - tie: Drawn evenly from 0…1, independent of all else.
  mutating func add(_ score: Float, tie: Double) {
    let (first, last) = (place(of: score) { $0 < score }, place(of: score) { $0 <= score })
    let rank = Double(scores.count - last) + tie * Double(last - first + 1)
    let share = rank / Double(scores.count + 1)
    let all = evidence
    for gambler in capital.indices {
      capital[gambler].amount =
        ((1 - Self.jump) * capital[gambler].amount + Self.jump * all / Double(capital.count))
        * (1 + capital[gambler].lean * (share - 0.5))
    }
    evidence = capital.reduce(0) { $0 + $1.amount }
    highestEvidence = max(highestEvidence, evidence)
    scores.insert(score, at: first)
  }

  /// The first place whose score is not before, by bisection.
  private func place(of score: Float, isBefore: (Float) -> Bool) -> Int {
    var (low, high) = (0, scores.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(scores[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
