import Foundation

/// A small source of randomness whose whole state is its seed.
///
/// SplitMix64, by Steele, Lea and Flood (2014).
public struct SeededGenerator: RandomNumberGenerator, Codable, Sendable {
  private var state: UInt64

  /// A generator that always gives the same numbers for the same seed.
  public init(seed: UInt64) {
    state = seed
  }

  /// One of many independent generators of one seed, say one for each batch.
  ///
  /// The seeds of neighbouring streams are mixed: generators whose seeds differ by a multiple of
  /// SplitMix64's increment would give the same numbers, shifted.
  public init(seed: UInt64, stream: UInt64) {
    var seeds = SeededGenerator(seed: seed)
    var streams = SeededGenerator(seed: seeds.next() ^ stream)
    state = streams.next()
  }

  /// The numbers from 0 up to `count` in a random order.
  public static func order(of count: Int, seed: UInt64, stream: UInt64) -> [Int] {
    var random = SeededGenerator(seed: seed, stream: stream)
    return (0..<count).shuffled(using: &random)
  }

  /// A number from the standard normal distribution.
  ///
  /// By Box and Muller (1958); of the pair that the method gives, one is used.
  public mutating func nextNormal() -> Double {
    let radius = (-2 * log(Double.random(in: .leastNonzeroMagnitude..<1, using: &self)))
      .squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
