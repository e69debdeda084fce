/// A linear congruential generator: the tests' own, so that they do not depend on what they test.
public struct SystemlessGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// The numbers that follow from a state.
  public init(state: UInt64) { self.state = state }

  /// The next number.
  public mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
