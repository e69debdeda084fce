import Randomness

/// Between which values a figure would lie in 95 of 100 test sets like this one.
public struct ConfidenceInterval: Codable, Sendable, Equatable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double

  /// An interval.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// Draws whole images with replacement and measures each draw, as Efron (1979) does for any figure.
///
/// Images are what is independent: the pixels of one image are not. Good and anomalous ones are
/// drawn apart, so that each draw has as many of both as the test set.
struct Bootstrap {
  private let good: [Int]
  private let anomalous: [Int]
  private let seed: UInt64

  /// How many draws there are.
  static let draws = 1000

  init(isAnomalous: [Bool], seed: UInt64) {
    good = isAnomalous.indices.filter { !isAnomalous[$0] }
    anomalous = isAnomalous.indices.filter { isAnomalous[$0] }
    self.seed = seed
  }

  /// How often each image is in a draw.
  func weights(draw: Int) -> [Double] {
    var random = SeededGenerator(seed: seed, stream: UInt64(draw))
    var weights = [Double](repeating: 0, count: good.count + anomalous.count)
    for images in [good, anomalous] where !images.isEmpty {
      for _ in images { weights[images[Int.random(in: images.indices, using: &random)]] += 1 }
    }
    return weights
  }

  /// The middle 95 % of a figure over all draws.
  func interval(_ figure: (_ weights: [Double]) -> Double) -> ConfidenceInterval {
    let values = (0..<Self.draws).map { figure(weights(draw: $0)) }.sorted()
    return ConfidenceInterval(low: values[Self.draws / 40], high: values[Self.draws * 39 / 40])
  }
}

/// The confidence interval of ``rocAUC(scores:isAnomalous:)``, by drawing images with replacement.
///
/// - Parameters:
///   - scores: One an image.
///   - isAnomalous: The truth.
///   - seed: The source of the draws.
/// - Returns: The middle 95 % of a thousand draws.
/// - Throws: ``EvaluationError`` where one class is missing or a score is NaN.
public func rocAUCInterval(
  scores: [Float], isAnomalous: [Bool], seed: UInt64 = 1
) throws -> ConfidenceInterval {
  let sweep = try ThresholdSweep(scores)
  _ = try Curve.roc(sweep, isAnomalous: isAnomalous)
  return Bootstrap(isAnomalous: isAnomalous, seed: seed).interval { weights in
    var (found, falseAlarms, area) = (0.0, 0.0, 0.0)
    for positions in sweep.groups {
      var (newFound, newFalse) = (0.0, 0.0)
      for position in positions {
        let weight = weights[Int(position)]
        if isAnomalous[Int(position)] { newFound += weight } else { newFalse += weight }
      }
      area += newFalse * (found + newFound / 2)
      found += newFound
      falseAlarms += newFalse
    }
    return area / (found * falseAlarms)
  }
}

extension PixelEvaluation {
  /// The confidence intervals of the areas under the curves of pixels, by drawing images with
  /// replacement.
  ///
  /// - Parameters:
  ///   - limit: The false-positive rate up to which the per-region overlap is integrated.
  ///   - seed: The source of the draws.
  /// - Returns: Of the ROC-AUC of pixels, and of PRO: the middle 95 % of a thousand draws.
  /// - Throws: ``EvaluationError`` where there is no anomalous region or no normal pixel.
  public func intervals(
    upTo limit: Double, seed: UInt64 = 1
  ) throws -> (rocAUC: ConfidenceInterval, pro: ConfidenceInterval) {
    let table = try ImageTable(self)
    let bootstrap = Bootstrap(isAnomalous: table.isAnomalous, seed: seed)
    return (
      bootstrap.interval { table.curve(of: table.found, weights: $0).area() },
      bootstrap.interval { table.curve(of: table.overlap, weights: $0).area(upTo: limit) }
    )
  }
}

/// What each image adds to the curves of pixels between thresholds that lie so close that the areas
/// change by less than a thousandth.
struct ImageTable {
  /// Thresholds, each with about the same number of normal pixels from the one before.
  private static let bins = 1000

  let isAnomalous: [Bool]
  /// For each bin and image, bin by bin: its normal pixels.
  private var normal: [Double]
  /// For each bin and image: its anomalous pixels.
  private(set) var found: [Double]
  /// For each bin and image: the shares of its regions, each region counting 1.
  private(set) var overlap: [Double]

  init(_ pixels: PixelEvaluation) throws {
    guard !pixels.regionAreas.isEmpty else { throw EvaluationError.oneClass("anomalous regions") }
    let normals = pixels.regionOfPixel.count { $0 < 0 }
    guard normals > 0 else { throw EvaluationError.oneClass("normal pixels") }
    let images = ImagePixels(pixels)
    isAnomalous = images.defective.map { $0 > 0 }
    let count = isAnomalous.count
    let empty = [Double](repeating: 0, count: (Self.bins + 1) * count)
    (normal, found, overlap) = (empty, empty, empty)
    var seen = 0
    for positions in pixels.sweep.groups {
      // Pixels of one score share a bin, or an equal score would split.
      let bin = seen * Self.bins / normals
      for position in positions {
        let place = bin * count + images.image(of: position)
        let region = pixels.regionOfPixel[Int(position)]
        if region < 0 {
          normal[place] += 1
          seen += 1
        } else {
          found[place] += 1
          overlap[place] += 1 / Double(pixels.regionAreas[Int(region)])
        }
      }
    }
  }

  /// The curve of a draw: `gain`, summed, against the false-positive rate.
  func curve(of gain: [Double], weights: [Double]) -> Curve {
    let images = weights.count
    let drawn = weights.indices.filter { weights[$0] > 0 }
    var (x, y) = (0.0, 0.0)
    var points: [CurvePoint] = []
    for bin in 0...Self.bins {
      for image in drawn {
        x += weights[image] * normal[bin * images + image]
        y += weights[image] * gain[bin * images + image]
      }
      points.append(CurvePoint(x: x, y: y))
    }
    var curve = Curve()
    for point in points { curve.go(to: CurvePoint(x: point.x / x, y: point.y / y)) }
    return curve
  }
}
