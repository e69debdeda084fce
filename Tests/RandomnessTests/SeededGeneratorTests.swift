import Randomness
import Testing

@Suite struct `Seeded generators` {
  /// Published values of SplitMix64 for the seed 1234567.
  @Test func `give the numbers of SplitMix64`() {
    var random = SeededGenerator(seed: 1_234_567)
    let numbers = (0..<5).map { _ in random.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  /// Neighbouring streams, and those of neighbouring seeds, are no shifted copies of each other.
  @Test func `have streams that share no numbers`() {
    var seen: Set<UInt64> = []
    for seed in 0..<10 {
      for stream in 0..<100 {
        var random = SeededGenerator(seed: UInt64(seed), stream: UInt64(stream))
        for _ in 0..<50 { seen.insert(random.next()) }
      }
    }
    #expect(seen.count == 10 * 100 * 50)
  }

  @Test func `have streams for each purpose that no other shares`() {
    var seen: Set<UInt64> = []
    for purpose in Purpose.allCases {
      // Those without numbers have small values of their own.
      for number in 0..<(purpose.rawValue < 1 << 32 ? 1 : 200) {
        var random = SeededGenerator(seed: 5, for: purpose, number)
        for _ in 0..<5 { seen.insert(random.next()) }
      }
    }
    let single = Purpose.allCases.count { $0.rawValue < 1 << 32 }
    #expect(seen.count == 5 * (single + 200 * (Purpose.allCases.count - single)))
    #expect(
      SeededGenerator.order(of: 9, seed: 3, for: .crop, 4)
        == SeededGenerator.order(of: 9, seed: 3, stream: 0x8_0000_0004),
      "models of one seed stay the same from version to version")
  }
}
