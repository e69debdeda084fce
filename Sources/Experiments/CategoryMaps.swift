public import UninformedStudents

/// What a model says of all test images of a category, ready to be measured and shown.
public struct CategoryMaps: Sendable {
  /// One image with its map.
  struct Entry: Sendable {
    let item: MVTecCategory.Item
    let mask: Mask?
    var verdict: Verdict
    /// The image as it was decoded, decoded again: all together they would fill the memory.
    let original: @Sendable () throws -> Image
    private let framing: Framing

    init(
      _ item: MVTecCategory.Item, _ mask: Mask?, _ verdict: Verdict, _ framing: Framing,
      _ original: @escaping @Sendable () throws -> Image
    ) {
      self.item = item
      self.mask = mask
      self.verdict = verdict
      self.framing = framing
      self.original = original
    }

    /// The image as the model sees it, decoded again.
    func image() throws -> Image {
      try framing.framed(original())
    }
  }

  let inspector: Inspector
  private(set) var entries: [Entry]
  /// The maps alone.
  public let scores: CategoryScores

  /// Maps every test image.
  ///
  /// Masks are framed as their images are, and everything is measured in the square that the model sees.
  ///
  /// - Parameters:
  ///   - category: The images.
  ///   - inspector: The model at work.
  ///   - maxPixels: The most pixels that a file may promise.
  ///   - reading: How numbers become colours.
  ///   - progress: Called with the number of images done and the number of all.
  /// - Throws: What reading an image throws, naming it.
  public init(
    of category: MVTecCategory, with inspector: Inspector,
    maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init(),
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) async throws {
    let images = category.images(maxPixels: maxPixels, reading: reading)
    let framing = inspector.model.framing
    var entries: [Entry] = []
    scores = try await CategoryScores(
      of: category, images, by: inspector.mapper, framing: framing,
      scoring: inspector.calibration.scoring, maxPixels: maxPixels
    ) { item, mask, mapped in
      let number = entries.count
      let verdict = try inspector.verdict(mapped.evidence, on: mapped.image)
      entries.append(
        // Of a whole category all that is fused would fill the memory.
        Entry(item, mask, verdict.keepingMapAlone(), framing) { try images.image(number) })
      try progress(entries.count, category.test.count)
    }
    self.inspector = inspector
    self.entries = entries
  }

  /// The same, with the normal patch most like the worst region of each image that is called anomalous.
  ///
  /// - Parameter progress: Called with the number of images done and the number of all.
  /// - Returns: The maps; the same where the model keeps no normal patches.
  /// - Throws: What reading images and libtorch throw.
  public func explained(
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) async throws -> CategoryMaps {
    guard inspector.model.normalPatches != nil else { return self }
    var maps = self
    for (number, entry) in entries.enumerated() {
      if entry.verdict.isAnomalous {
        maps.entries[number].verdict = try await inspector.explained(
          entry.verdict, of: entry.original(), regions: 1, patches: 1)
      }
      try progress(number + 1, entries.count)
    }
    return maps
  }
}
