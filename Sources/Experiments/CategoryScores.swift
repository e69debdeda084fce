public import UninformedStudents

/// The anomaly maps of all test images of a category, ready to be measured.
public struct CategoryScores: Sendable {
  /// One image.
  struct Entry: Sendable {
    let item: MVTecCategory.Item
    let mask: Mask?
    let map: AnomalyMap
    /// The score of the image.
    let score: Float

    init(_ item: MVTecCategory.Item, _ mask: Mask?, _ map: AnomalyMap, scoring: ImageScoring) {
      (self.item, self.mask, self.map) = (item, mask, map)
      score = map.score(by: scoring)
    }

    /// Whether it is known which pixels are defective.
    var isMeasured: Bool { !item.isAnomalous || mask != nil }
  }

  let entries: [Entry]
  /// How the score of an image is taken from its map.
  private let scoring: ImageScoring
  let secondsPerImage: Double
  /// What was passed over or left out, a line each.
  let warnings: [String]

  private init(
    entries: [Entry], scoring: ImageScoring, secondsPerImage: Double, warnings: [String]
  ) {
    self.entries = entries
    self.scoring = scoring
    self.secondsPerImage = secondsPerImage
    self.warnings = warnings
  }

  /// The false-positive rate up to which PRO is integrated.
  ///
  /// Bergmann et al. (2020), Section 4.2.
  static let proLimit = 0.3

  /// Maps every test image.
  ///
  /// Masks are framed as their images are, and everything is measured in the square that the detector sees.
  ///
  /// - Parameters:
  ///   - category: Where images are anomalous.
  ///   - images: Its test images.
  ///   - mapper: What maps them.
  ///   - framing: How images are framed.
  ///   - scoring: How the score of an image is taken from its map.
  ///   - maxPixels: The most pixels that a mask may promise.
  ///   - done: Told each image in turn.
  /// - Throws: What reading an image throws, naming it, and what `done` throws.
  init(
    of category: MVTecCategory, _ images: ImageCollection, by mapper: Mapper, framing: Framing,
    scoring: ImageScoring = ImageScoring(topShare: Calibration.defaultTopShare),
    maxPixels: Int = Image.defaultPixelLimit,
    _ done: (MVTecCategory.Item, Mask?, MappedImage) throws -> Void = { _, _, _ in }
  ) async throws {
    var entries: [Entry] = []
    var truth = CategoryTruth(framing: framing, maxPixels: maxPixels)
    var seconds = 0.0
    for try await result in mapper.maps(of: images, framing: framing) {
      let item = category.test[entries.count]
      let mapped = try result.get()
      let mask = try truth.mask(of: item, image: mapped.image)
      entries.append(Entry(item, mask, mapped.evidence.map, scoring: scoring))
      seconds += mapped.seconds
      try done(item, mask, mapped)
    }
    self.init(
      entries: entries, scoring: scoring,
      secondsPerImage: seconds / Double(max(entries.count, 1)),
      warnings: category.notes + truth.notes)
  }

  /// The mean of the maps of several receptive fields, which is how a detector fuses its own.
  ///
  /// Bergmann et al. (2020), Eq. 14. All are maps of the same images.
  static func fused(_ scales: [CategoryScores]) -> CategoryScores {
    let entries = scales[0].entries.indices.map { number in
      let maps = scales.map { $0.entries[number].map }
      let first = scales[0].entries[number]
      let scores = first.map.scores.indices.map { pixel in
        maps.reduce(Float(0)) { $0 + $1.scores[pixel] } / Float(maps.count)
      }
      return Entry(
        first.item, first.mask,
        AnomalyMap(height: first.map.height, width: first.map.width, scores: scores),
        scoring: scales[0].scoring)
    }
    return CategoryScores(
      entries: entries, scoring: scales[0].scoring,
      secondsPerImage: scales.reduce(0) { $0 + $1.secondsPerImage },
      warnings: scales[0].warnings)
  }

  /// All figures.
  ///
  /// - Parameter threshold: What images are decided with; nil where the scores have none.
  /// - Returns: The figures.
  /// - Throws: `EvaluationError` where a score is NaN.
  public func evaluation(
    deciding threshold: Calibration.Threshold? = nil
  ) throws -> CategoryEvaluation {
    let good = entries.filter { !$0.item.isAnomalous }
    let defects = Set(entries.filter(\.item.isAnomalous).map(\.item.defect)).sorted()
    // One set of sorted pixels at a time: they take more memory than all the rest.
    let all = try pixelFigures()
    let isAnomalous = entries.map(\.item.isAnomalous)
    let kinds = kinds
    return CategoryEvaluation(
      imageROCAUC: try Self.imageROCAUC(entries), pixelROCAUC: all?.areas.rocAUC,
      pro: all?.areas.pro, aupimo: all.flatMap { PerImageOverlap(areas: $0.overlaps).mean },
      images: entries.count, anomalousImages: isAnomalous.count { $0 },
      classes: try defects.map { defect in
        let ofDefect = entries.filter { $0.item.defect == defect }
        let areas = try Self.pixels(good + ofDefect).map(Self.areas)
        return CategoryEvaluation.DefectClass(
          name: defect, images: ofDefect.count,
          imageROCAUC: try Self.imageROCAUC(good + ofDefect),
          pixelROCAUC: areas?.rocAUC, pro: areas?.pro,
          aupimo: all.flatMap { all in
            let ofDefect = zip(entries, all.overlaps).filter { $0.0.item.defect == defect }
            return PerImageOverlap(areas: ofDefect.map(\.1)).mean
          },
          found: threshold.flatMap { threshold in
            kinds.filter { $0.name == defect }.called(above: threshold.score)
          })
      }, secondsPerImage: secondsPerImage,
      imageROCAUCInterval: Set(isAnomalous).count < 2
        ? nil : try rocAUCInterval(scores: entries.map(\.score), isAnomalous: isAnomalous),
      pixelROCAUCInterval: all?.intervals.rocAUC, proInterval: all?.intervals.pro,
      aupimoInterval: all?.aupimoInterval,
      decisions: threshold.map { ImageDecisions(kinds, at: $0) },
      warnings: warnings.isEmpty ? nil : warnings)
  }

  /// What the pixels of all images say.
  private struct PixelFigures {
    let areas: (rocAUC: Double, pro: Double)
    let intervals: (rocAUC: ConfidenceInterval, pro: ConfidenceInterval)
    /// AUPIMO of each image.
    let overlaps: [Double?]
    let aupimoInterval: ConfidenceInterval?
  }

  private func pixelFigures() throws -> PixelFigures? {
    try pixels().map { pixels in
      PixelFigures(
        areas: try Self.areas(pixels), intervals: try pixels.intervals(upTo: Self.proLimit),
        overlaps: try perImageOverlap(pixels), aupimoInterval: try pixels.perImageOverlapInterval())
    }
  }

  private static func areas(_ pixels: PixelEvaluation) throws -> (rocAUC: Double, pro: Double) {
    (try pixels.roc().area(), try pixels.perRegionOverlap().area(upTo: proLimit))
  }

  /// AUPIMO of each image; nil of good ones, of those without a mask, and of all where it cannot be had.
  ///
  /// `pixels` are those that ``pixels()`` gives.
  func perImageOverlap(_ pixels: PixelEvaluation) throws -> [Double?] {
    var areas = try (pixels.perImageOverlap()?.areas ?? [])[...]
    return entries.map { $0.isMeasured ? areas.popFirst() ?? nil : nil }
  }

  private static func imageROCAUC(_ entries: [Entry]) throws -> Double? {
    let isAnomalous = entries.map(\.item.isAnomalous)
    guard Set(isAnomalous).count == 2 else { return nil }
    return try rocAUC(scores: entries.map(\.score), isAnomalous: isAnomalous)
  }

  /// The pixels that decide, of good images and of those with masks; nil where no mask marks anything.
  func pixels() throws -> PixelEvaluation? { try Self.pixels(entries) }

  private static func pixels(_ entries: [Entry]) throws -> PixelEvaluation? {
    let known = entries.filter(\.isMeasured)
    guard known.contains(where: { $0.mask.map { !$0.isEmpty } ?? false }) else {
      return nil
    }
    return try PixelEvaluation(
      known.map { entry in
        PixelEvaluation.Sample(
          height: entry.map.height, width: entry.map.width, scores: entry.map.scores,
          kinds: entry.mask?.kinds, isIgnored: entry.map.isIgnored)
      })
  }

  /// The ROC curve of image scores; nil where only one kind of image is there.
  func imageROC() throws -> Curve? {
    try? Curve.roc(
      ThresholdSweep(entries.map(\.score)), isAnomalous: entries.map(\.item.isAnomalous))
  }
}

extension MVTecCategory {
  /// The test images, in their order.
  public func images(
    maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init()
  ) -> ImageCollection {
    ImageCollection(paths: test.map(\.path), maxPixels: maxPixels, reading: reading)
  }
}
