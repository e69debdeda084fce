/// How many of a number of cases something is true of, and what that says of the next ones.
public struct Proportion: Codable, Sendable, Equatable {
  /// Of how many it is true.
  public let count: Int
  /// How many there are.
  public let of: Int
  /// ``count`` / ``of``.
  public let share: Double
  /// Between which probabilities of one case the count says that its own lies, being right 95 times in
  /// 100 or more: exact, also of none and of all (Clopper and Pearson 1934).
  public let interval: ConfidenceInterval

  /// So many of so many.
  ///
  /// - Precondition: There is at least one case, and no more are true than there are.
  public init(_ count: Int, of total: Int) {
    precondition(total > 0 && (0...total).contains(count), "\(count) of \(total)")
    self.count = count
    of = total
    share = Double(count) / Double(total)
    interval = ConfidenceInterval(
      low: count == 0 ? 0 : betaQuantile(0.025, successes: count, of: total),
      high: count == total ? 1 : betaQuantile(0.975, successes: count + 1, of: total))
  }
}
