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
}
