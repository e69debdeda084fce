import Foundation

/// How much of each defect is found where hardly a pixel of good images is called anomalous.
public struct PerImageOverlap: Sendable, Equatable {
  /// One figure an image, in the order of the samples, in 0…1; nil of images without a defect.
  public let areas: [Double?]

  /// The false-positive rates between which it is measured: from 1 in 100,000 pixels to 1 in 10,000.
  public static let usualRates = 1e-5...1e-4

  /// The figures of some images.
  package init(areas: [Double?]) { self.areas = areas }

  /// The mean over the images with a figure: AUPIMO of the set; nil where none has one.
  public var mean: Double? {
    let known = areas.compactMap(\.self)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}

extension PixelEvaluation {
  /// AUPIMO, the area under each image's own curve of overlap.
  ///
  /// The curve of an image is the share of its defective pixels that score above a threshold, against
  /// the mean share of the pixels of *good images* that do; good pixels around a defect do not count. Its
  /// area is taken over the logarithm of the false-positive rate and divided by that of 1: the mean
  /// overlap at rates so low that a person would put up with them (Bertoldo et al. 2024).
  ///
  /// Exact: the overlap at a rate is that at the lowest threshold that keeps to the rate, over all
  /// thresholds. Good pixels that score as high as defective ones come first. Below the share that one
  /// good pixel makes no false positive is allowed at all: with fewer than 100,000 good pixels the lowest
  /// rates ask for more than they say, and the figure is too low rather than too high.
  ///
  /// - Parameter rates: The false-positive rates from and to which is integrated.
  /// - Returns: A figure an image; nil where there is no good image, or where one good pixel is already
  ///   a greater share than the highest of the rates, fewer than 10,000 of them.
  /// - Throws: ``EvaluationError`` where there is no anomalous region.
  public func perImageOverlap(
    rates: ClosedRange<Double> = PerImageOverlap.usualRates
  ) throws -> PerImageOverlap? {
    guard !regionAreas.isEmpty else { throw EvaluationError.oneClass("anomalous regions") }
    let worth = FalsePositiveWorth(rates)
    let images = ImagePixels(self)
    guard let least = images.rateOfPixel.filter({ $0 > 0 }).min(), least <= rates.upperBound else {
      return nil
    }
    var found = [Double](repeating: 0, count: images.defective.count)
    var rate = 0.0
    for pixels in sweep.groups {
      guard rate < rates.upperBound else { break }
      for pixel in pixels { rate += images.rateOfPixel[images.image(of: pixel)] }
      // What a pixel adds that is found at this rate and at all higher ones.
      let gain = worth(rate)
      for pixel in pixels where regionOfPixel[Int(pixel)] >= 0 {
        found[images.image(of: pixel)] += gain
      }
    }
    return PerImageOverlap(
      areas: zip(found, images.defective).map { $1 > 0 ? $0 / Double($1) : nil })
  }
}

/// What it is worth to find a pixel at a false-positive rate: the share of the logarithmic range of rates
/// that lies above it.
struct FalsePositiveWorth {
  private let rates: ClosedRange<Double>
  private let range: Double

  init(_ rates: ClosedRange<Double>) {
    precondition(rates.lowerBound > 0 && rates.lowerBound < rates.upperBound, "\(rates)")
    self.rates = rates
    range = log(rates.upperBound / rates.lowerBound)
  }

  /// 1 up to the lowest of the rates, 0 from the highest on.
  func callAsFunction(_ rate: Double) -> Double {
    rate >= rates.upperBound ? 0 : log(rates.upperBound / max(rate, rates.lowerBound)) / range
  }
}

/// Which image each pixel belongs to, and what it counts there.
struct ImagePixels {
  /// Where the pixels of each image begin; one for each of a million pixels would be as large as the scores.
  private let starts: [Int]
  /// For each image: how many of its pixels are defective.
  let defective: [Int]
  /// For each image: what one of its pixels adds to the mean false-positive rate of good images, 0 of
  /// images with a defect.
  let rateOfPixel: [Double]

  init(_ pixels: PixelEvaluation) {
    var starts: [Int] = []
    var defective: [Int] = []
    var end = 0
    for count in pixels.pixelsOfImages {
      starts.append(end)
      end += count
      defective.append(pixels.regionOfPixel[starts[starts.count - 1]..<end].count { $0 >= 0 })
    }
    let good = Double(defective.count { $0 == 0 })
    self.starts = starts
    self.defective = defective
    rateOfPixel = zip(defective, pixels.pixelsOfImages).map {
      $0 == 0 ? 1 / (Double($1) * good) : 0
    }
  }

  /// The last image that begins at the pixel or before it, by bisection.
  func image(of pixel: UInt32) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= Int(pixel) { low = middle } else { high = middle }
    }
    return low
  }
}
