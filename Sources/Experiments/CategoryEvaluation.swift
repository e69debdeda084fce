public import UninformedStudents

/// How well a model tells the good and the defective pictures of a category apart.
public struct CategoryEvaluation: Codable, Sendable, Equatable {
  /// The area under the ROC curve of image scores; nil where only one kind of picture is there.
  public let imageROCAUC: Double?
  /// The area under the ROC curve of pixel scores; nil where there are no masks.
  public let pixelROCAUC: Double?
  /// Per-region overlap: the normalised area up to a false-positive rate of 0.3.
  public let pro: Double?
  /// How many test pictures there are.
  public let images: Int
  /// How many of them show a defect.
  public let anomalousImages: Int
  /// The same figures for each kind of defect, against all good pictures.
  public let classes: [DefectClass]
  /// Seconds to map one picture, decoding included.
  public let secondsPerImage: Double

  /// The figures of one kind of defect.
  public struct DefectClass: Codable, Sendable, Equatable {
    /// The name of its folder.
    public let name: String
    /// How many pictures show it.
    public let images: Int
    /// As of the category.
    public let imageROCAUC: Double?
    /// As of the category.
    public let pixelROCAUC: Double?
    /// As of the category.
    public let pro: Double?
  }
}

/// The maps of all test pictures of a category, ready to be measured and shown.
public struct CategoryMaps: Sendable {
  /// One picture with its map.
  struct Entry: Sendable {
    let item: MVTecCategory.Item
    let image: Image
    let mask: Mask?
    let inspection: Inspection
  }

  let model: TrainedModel
  let entries: [Entry]
  let secondsPerImage: Double

  /// Maps every test picture.
  ///
  /// Masks are brought to the size that the model works at, and everything is measured there.
  ///
  /// - Parameters:
  ///   - category: The pictures.
  ///   - model: The model.
  ///   - maxPixels: The most pixels that a file may promise.
  ///   - progress: Called with the number of pictures done and the number of all.
  /// - Throws: What reading a picture throws, naming it.
  public init(
    of category: MVTecCategory, with model: TrainedModel,
    maxPixels: Int = Image.defaultPixelLimit, progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws {
    self.model = model
    let side = model.imageSide
    var entries: [Entry] = []
    var seconds = 0.0
    for item in category.test {
      let start = ContinuousClock.now
      let image = try Image(contentsOf: item.path, maxPixels: maxPixels)
        .resized(height: side, width: side)
      let inspection = try model.inspect(image)
      seconds += (ContinuousClock.now - start) / .seconds(1)
      let mask = try item.mask.map { try Mask(contentsOf: $0).resized(height: side, width: side) }
      entries.append(Entry(item: item, image: image, mask: mask, inspection: inspection))
      try progress(entries.count, category.test.count)
    }
    self.entries = entries
    secondsPerImage = seconds / Double(max(entries.count, 1))
  }

  /// All figures.
  public func evaluation() throws -> CategoryEvaluation {
    let good = entries.filter { !$0.item.isAnomalous }
    let defects = Set(entries.filter(\.item.isAnomalous).map(\.item.defect)).sorted()
    return CategoryEvaluation(
      imageROCAUC: try Self.imageROCAUC(entries),
      pixelROCAUC: try pixels(entries)?.roc().area(),
      pro: try pixels(entries)?.perRegionOverlap().area(upTo: Self.proLimit),
      images: entries.count, anomalousImages: entries.count { $0.item.isAnomalous },
      classes: try defects.map { defect in
        let ofDefect = entries.filter { $0.item.defect == defect }
        let pixels = try pixels(good + ofDefect)
        return CategoryEvaluation.DefectClass(
          name: defect, images: ofDefect.count,
          imageROCAUC: try Self.imageROCAUC(good + ofDefect),
          pixelROCAUC: try pixels?.roc().area(),
          pro: try pixels?.perRegionOverlap().area(upTo: Self.proLimit))
      }, secondsPerImage: secondsPerImage)
  }

  /// The false-positive rate up to which PRO is integrated.
  ///
  /// Bergmann et al. (2020), Section 4.2.
  static let proLimit = 0.3

  private static func imageROCAUC(_ entries: [Entry]) throws -> Double? {
    guard entries.contains(where: \.item.isAnomalous),
      entries.contains(where: { !$0.item.isAnomalous })
    else { return nil }
    return try rocAUC(
      scores: entries.map(\.inspection.score), isAnomalous: entries.map(\.item.isAnomalous))
  }

  /// The pixels of good pictures and of those with masks; nil where no mask marks anything.
  func pixels(_ entries: [Entry]) throws -> PixelEvaluation? {
    let known = entries.filter { !$0.item.isAnomalous || $0.mask != nil }
    guard known.contains(where: { $0.mask?.isAnomalous.contains(true) ?? false }) else {
      return nil
    }
    return try PixelEvaluation(
      known.map { entry in
        let map = entry.inspection.map
        return PixelEvaluation.Sample(
          height: map.height, width: map.width, scores: map.scores,
          mask: entry.mask?.isAnomalous)
      })
  }

  /// The ROC curve of image scores; nil where only one kind of picture is there.
  func imageROC() throws -> Curve? {
    try? Curve.roc(
      ThresholdSweep(entries.map(\.inspection.score)),
      isAnomalous: entries.map(\.item.isAnomalous))
  }
}
