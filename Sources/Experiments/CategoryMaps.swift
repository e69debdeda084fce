public import UninformedStudents

/// What a model says of all test images of a category, ready to be measured and shown.
public struct CategoryMaps: Sendable {
  /// One image with its map.
  struct Entry: Sendable {
    let item: MVTecCategory.Item
    let mask: Mask?
    var inspection: Inspection
    /// Rows and columns of the image as it was decoded.
    let (height, width): (Int, Int)
    private let decoded: @Sendable () throws -> Image

    init(
      _ item: MVTecCategory.Item, _ mask: Mask?, _ inspection: Inspection, of image: Image,
      _ decoded: @escaping @Sendable () throws -> Image
    ) {
      self.item = item
      self.mask = mask
      self.inspection = inspection
      (height, width) = (image.height, image.width)
      self.decoded = decoded
    }

    /// The image as it was decoded, decoded again.
    func original() throws -> Image { try decoded() }

    /// The image at the size of its map, decoded again: all together they would fill the memory.
    func image() throws -> Image {
      try decoded().resized(height: inspection.map.height, width: inspection.map.width)
    }
  }

  let inspector: Inspector
  private(set) var entries: [Entry]
  /// The maps alone.
  public let scores: CategoryScores

  /// Maps every test image.
  ///
  /// Masks are brought to the size that the model works at, and everything is measured there.
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
    var entries: [Entry] = []
    scores = try await CategoryScores(
      of: category, images, by: inspector.mapper, imageSide: inspector.model.imageSide,
      maxPixels: maxPixels
    ) { item, mask, mapped in
      let number = entries.count
      entries.append(
        Entry(
          item, mask, try inspector.inspection(mapped.evidence, of: mapped.image), of: mapped.image
        ) { try images.image(number) })
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
      if entry.inspection.isAnomalous {
        maps.entries[number].inspection = try await inspector.explained(
          entry.inspection, of: entry.original(), regions: 1, patches: 1)
      }
      try progress(number + 1, entries.count)
    }
    return maps
  }
}
