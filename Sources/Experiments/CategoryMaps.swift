public import UninformedStudents

/// What a model says of all test images of a category, ready to be measured and shown.
public struct CategoryMaps: Sendable {
  /// One image with its map.
  struct Entry: Sendable {
    let item: MVTecCategory.Item
    let image: Image
    let mask: Mask?
    let inspection: Inspection
  }

  let model: TrainedModel
  let entries: [Entry]
  /// The maps alone.
  public let scores: CategoryScores

  /// Maps every test image.
  ///
  /// Masks are brought to the size that the model works at, and everything is measured there.
  ///
  /// - Parameters:
  ///   - category: The images.
  ///   - model: The model.
  ///   - maxPixels: The most pixels that a file may promise.
  ///   - reading: How numbers become colours.
  ///   - progress: Called with the number of images done and the number of all.
  /// - Throws: What reading an image throws, naming it.
  public init(
    of category: MVTecCategory, with model: TrainedModel,
    maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init(),
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws {
    self.model = model
    let side = model.imageSide
    var entries: [Entry] = []
    var truth = CategoryTruth(side: side, maxPixels: maxPixels)
    var seconds = 0.0
    for items in category.test(together: model.detector.imagesTogether) {
      var (images, masks): ([Image], [Mask?]) = ([], [])
      for item in items {
        let image = try Image(contentsOf: item.path, maxPixels: maxPixels, reading: reading)
        masks.append(try truth.mask(of: item, image: image))
        images.append(try image.resized(height: side, width: side))
      }
      let start = ContinuousClock.now
      let inspections = try model.inspect(images)
      seconds += (ContinuousClock.now - start) / .seconds(1)
      for number in items.indices {
        entries.append(
          Entry(
            item: items[number], image: images[number], mask: masks[number],
            inspection: inspections[number]))
      }
      try progress(entries.count, category.test.count)
    }
    self.entries = entries
    scores = CategoryScores(
      entries: entries.map {
        CategoryScores.Entry(item: $0.item, mask: $0.mask, map: $0.inspection.map)
      }, secondsPerImage: seconds / Double(max(entries.count, 1)),
      warnings: category.notes + truth.notes)
  }
}
