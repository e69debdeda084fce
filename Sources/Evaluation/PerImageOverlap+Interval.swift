extension PixelEvaluation {
  /// The confidence interval of AUPIMO, by drawing images with replacement.
  ///
  /// The good images of a draw decide which threshold keeps to a rate.
  ///
  /// - Parameters:
  ///   - rates: The false-positive rates from and to which is integrated.
  ///   - seed: The source of the draws.
  /// - Returns: The middle 95 % of a thousand draws; nil where ``perImageOverlap(rates:)`` is.
  /// - Throws: ``EvaluationError`` where there is no anomalous region.
  public func perImageOverlapInterval(
    rates: ClosedRange<Double> = PerImageOverlap.usualRates, seed: UInt64 = 1
  ) throws -> ConfidenceInterval? {
    guard try perImageOverlap(rates: rates) != nil else { return nil }
    let table = PerImageOverlapTable(self)
    return Bootstrap(isAnomalous: table.isAnomalous, seed: seed).interval {
      table.mean(weights: $0, rates: rates)
    }
  }
}

/// What each image adds between thresholds that lie so close that AUPIMO changes by less than a
/// thousandth.
struct PerImageOverlapTable {
  /// How much greater the false-positive rate is from one threshold to the next, where a good pixel
  /// alone does not make it greater still: 1 / 1150 of a decade.
  private static let step = 1.002

  let isAnomalous: [Bool]
  /// Threshold by threshold, and image by image: the false-positive rate that a good image adds, or the
  /// overlap that one with a defect does.
  private var gains: [Double] = []

  init(_ pixels: PixelEvaluation) {
    let images = ImagePixels(pixels)
    isAnomalous = images.defective.map { $0 > 0 }
    let none = [Double](repeating: 0, count: isAnomalous.count)
    // What scores above all good pixels.
    gains = none
    var (seen, limit, first) = (0.0, 1.0, 0)
    for group in pixels.sweep.groups {
      seen += Double(group.count { !isAnomalous[images.image(of: $0)] })
      if seen >= limit {
        // Good pixels begin a row; defective ones that score less, and are found at no more of them, go on.
        first = gains.count
        gains += none
        limit = max(seen + 1, seen * Self.step)
      }
      for pixel in group {
        let image = images.image(of: pixel)
        if !isAnomalous[image] {
          gains[first + image] += images.rateOfPixel[image]
        } else if pixels.regionOfPixel[Int(pixel)] >= 0 {
          gains[first + image] += 1 / Double(images.defective[image])
        }
      }
    }
  }

  /// AUPIMO of a draw.
  func mean(weights: [Double], rates: ClosedRange<Double>) -> Double {
    let worth = FalsePositiveWorth(rates)
    let drawn = weights.indices.filter { weights[$0] > 0 }
    let (good, anomalous) = (
      drawn.filter { !isAnomalous[$0] }, drawn.filter { isAnomalous[$0] }
    )
    var (rate, area) = (0.0, 0.0)
    for first in stride(from: 0, to: gains.count, by: weights.count) {
      for image in good { rate += weights[image] * gains[first + image] }
      guard rate < rates.upperBound else { break }
      let gain = worth(rate)
      for image in anomalous { area += weights[image] * gains[first + image] * gain }
    }
    return area / anomalous.reduce(0) { $0 + weights[$1] }
  }
}
