/// Scores and truth of all pixels of a set of images, ready for curves over all thresholds.
public struct PixelEvaluation: Sendable {
  let sweep: ThresholdSweep
  /// The number of the ground-truth region of each pixel, over all images; -1 of normal pixels.
  let regionOfPixel: [Int32]
  let regionAreas: [Int]
  /// How many pixels each image has.
  let pixelsOfImages: [Int]

  /// One image: its scores `[height, width]` and the kind of defect of each pixel (0: none), nil where
  /// the whole image is normal.
  public struct Sample: Sendable {
    let height: Int
    let width: Int
    let scores: [Float]
    let kinds: [UInt8]?
    let isIgnored: [Bool]?

    /// An image with defects of several kinds; those that touch are regions of their own.
    ///
    /// - Parameters:
    ///   - height: Rows.
    ///   - width: Columns.
    ///   - scores: One a pixel, row by row.
    ///   - kinds: The kind of defect of each pixel; nil where the whole image is normal.
    ///   - isIgnored: Which pixels are left out, normal or not; nil for none.
    /// - Precondition: There is one score a pixel, and one kind where there are any.
    public init(
      height: Int, width: Int, scores: [Float], kinds: [UInt8]?, isIgnored: [Bool]? = nil
    ) {
      precondition(scores.count == height * width, "\(scores.count) for \(height) × \(width)")
      precondition(kinds.map { $0.count == scores.count } ?? true, "the mask has another size")
      self.height = height
      self.width = width
      self.scores = scores
      self.kinds = kinds.map { kinds in
        isIgnored.map { zip(kinds, $0).map { $1 ? 0 : $0 } } ?? kinds
      }
      self.isIgnored = isIgnored
    }

    /// Those of some values, one a pixel, that are not left out.
    func known<Value>(_ values: [Value]) -> [Value] {
      guard let isIgnored else { return values }
      return zip(values, isIgnored).compactMap { $1 ? nil : $0 }
    }

    /// How many pixels are not left out.
    var knownCount: Int { isIgnored.map { $0.count { !$0 } } ?? scores.count }

    /// An image with defects of one kind.
    ///
    /// - Precondition: There is one score a pixel, and one mask value where there is a mask.
    public init(height: Int, width: Int, scores: [Float], mask: [Bool]?) {
      self.init(
        height: height, width: width, scores: scores, kinds: mask.map { $0.map { $0 ? 1 : 0 } })
    }
  }

  /// Gathers the pixels of images and sorts them by score.
  ///
  /// - Throws: ``EvaluationError`` where a score is NaN.
  public init(_ samples: [Sample]) throws {
    var labels: [Int32] = []
    let counts = samples.map(\.knownCount)
    labels.reserveCapacity(counts.reduce(0, +))
    var areas: [Int] = []
    for sample in samples {
      guard let kinds = sample.kinds else {
        labels += repeatElement(-1, count: sample.knownCount)
        continue
      }
      let regions = ConnectedRegions(ofKinds: kinds, height: sample.height, width: sample.width)
      let offset = Int32(areas.count)
      labels += sample.known(regions.labels).map { $0 < 0 ? -1 : $0 + offset }
      areas += regions.regions.map(\.area)
    }
    regionOfPixel = labels
    regionAreas = areas
    pixelsOfImages = counts
    var scores: [Float] = []
    scores.reserveCapacity(labels.count)
    for sample in samples { scores += sample.known(sample.scores) }
    sweep = try ThresholdSweep(scores)
  }

  /// The ROC curve over all pixels.
  public func roc() throws -> Curve {
    try .roc(sweep, isAnomalous: regionOfPixel.map { $0 >= 0 })
  }

  /// The mean overlap with the ground-truth regions against the false-positive rate.
  ///
  /// Each region has the same weight, large or small; the false-positive rate is over all normal
  /// pixels, those of good images included (Bergmann et al. 2020, Section 4.2). The measure PRO is
  /// its area up to a rate of 0.3: `perRegionOverlap().area(upTo: 0.3)`.
  ///
  /// - Throws: ``EvaluationError`` where there is no anomalous region or no normal pixel.
  public func perRegionOverlap() throws -> Curve {
    guard !regionAreas.isEmpty else { throw EvaluationError.oneClass("anomalous regions") }
    let normal = regionOfPixel.count { $0 < 0 }
    guard normal > 0 else { throw EvaluationError.oneClass("normal pixels") }
    // What one pixel adds to the mean overlap.
    let shares = regionAreas.map { 1 / (Double($0) * Double(regionAreas.count)) }
    var curve = Curve()
    var overlap = 0.0
    var falsePositives = 0
    for positions in sweep.groups {
      for position in positions {
        let region = regionOfPixel[Int(position)]
        if region < 0 { falsePositives += 1 } else { overlap += shares[Int(region)] }
      }
      curve.go(
        to: CurvePoint(x: Double(falsePositives) / Double(normal), y: min(overlap, 1)))
    }
    return curve
  }
}
