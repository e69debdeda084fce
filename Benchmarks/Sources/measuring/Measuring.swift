import UninformedStudents

/// How long the exact figures of a test set take: 160 maps of 256 × 256, all scores distinct.
///
///     swift run -c release measuring
///
/// The rival is sorting the scores, without which no exact curve can be had.
@main struct Measuring {
  static func main() throws {
    let (count, side) = (160, 256)
    var state: UInt64 = 1
    let random = {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / 16_777_216
    }
    let samples = (0..<count).map { number in
      let mask = (0..<side * side).map {
        number % 2 == 1 && $0 % side / 40 == 2 && $0 / side / 40 % 2 == 1
      }
      let scores = mask.map { random() + ($0 ? 0.3 : 0) }
      return PixelEvaluation.Sample(
        height: side, width: side, scores: scores, mask: number % 2 == 1 ? mask : nil)
    }
    var (roc, pro) = (0.0, 0.0)
    let all = try seconds {
      let pixels = try PixelEvaluation(samples)
      roc = try pixels.roc().area()
      pro = try pixels.perRegionOverlap().area(upTo: 0.3)
    }
    // Shifting a uniform score by 0.3 wins 1 - 0.7²/2 of the pairs.
    guard abs(roc - 0.755) < 0.005, pro > 0.4, pro < 0.6 else {
      throw Wrong(description: "ROC-AUC \(roc), PRO \(pro)")
    }
    var state2 = state
    let scores = (0..<count * side * side).map { _ -> Float in
      state2 = state2 &* 6_364_136_223_846_793_005 &+ 1
      return Float(state2 >> 40)
    }
    var sorted: [Float] = []
    let sorting = seconds { sorted = scores.sorted(by: >) }
    guard sorted.first ?? 0 >= sorted.last ?? 0 else { throw Wrong(description: "not sorted") }
    print("\(count) maps of \(side) × \(side): ROC-AUC and PRO in \(all) s,")
    print("\(all / sorting) times what sorting the scores takes (\(sorting) s)")
  }

  static func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

/// A result that is not what it must be.
struct Wrong: Error, CustomStringConvertible {
  let description: String
}
