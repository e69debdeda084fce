/// The numbers in 0…1 that the scripts of `Tests/Golden/evaluation` draw.
struct GoldenNumbers {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 33) / 2_147_483_648
  }
}
