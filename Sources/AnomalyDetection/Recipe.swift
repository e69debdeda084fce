/// How long a method learns.
public enum Recipe: String, Codable, Sendable, CaseIterable {
  /// Minutes on a processor: as few steps as do.
  case fast
  /// The paper's schedule, for a graphics card.
  case paper
}
