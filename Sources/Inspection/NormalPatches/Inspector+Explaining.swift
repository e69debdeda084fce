import AnomalyDetection
public import Images
import Networks

// Why a region is anomalous, for people: what it looks like, and what good images show that is most
// like it.
extension Inspector {
  /// The verdict with the most similar normal patches of its worst regions.
  ///
  /// Nothing changes where the model keeps no normal patches.
  ///
  /// - Parameters:
  ///   - verdict: What was found.
  ///   - image: The image as it was decoded.
  ///   - regions: How many regions are explained at most.
  ///   - patches: How many patches of each, of as many images.
  /// - Returns: The verdict.
  /// - Throws: What resizing the image and libtorch throw.
  public func explained(
    _ verdict: Verdict, of image: Image, regions: Int = 3, patches: Int = 3
  ) async throws -> Verdict {
    guard let normal = model.normalPatches, let describer = model.detector.describer else {
      return verdict
    }
    let pixels = verdict.regions.prefix(regions).compactMap(\.place)
    guard !pixels.isEmpty else { return verdict }
    let square = try square(of: image)
    let similar = try await mapper.perform {
      try normal.similar(
        toPatchesAround: pixels, of: square, describer: describer, atMost: patches)
    }
    var explained = verdict
    for (number, similar) in similar.enumerated() { explained.regions[number].similar = similar }
    return explained
  }

  /// An image of the worst regions: each with its map, and beside it the most similar normal patches.
  ///
  /// - Parameters:
  ///   - image: The image as it was decoded.
  ///   - verdict: One that ``explained(_:of:regions:patches:)`` gave.
  /// - Returns: A row a region; nil where no region is explained.
  /// - Throws: What resizing throws.
  public func explanation(of image: Image, _ verdict: Verdict) throws -> Image? {
    let explained = verdict.regions.filter { $0.similar?.isEmpty == false }
    guard !explained.isEmpty else { return nil }
    let rows = try views(of: explained, in: image, verdict)
    let most = rows.map(\.count).max() ?? 2
    return try Image.contactSheet(
      rows, rowTitles: explained.map { "\($0.width) × \($0.height) at \($0.x), \($0.y)" },
      columnTitles: ["patch", "map", "most similar normal patches"]
        + [String](repeating: "", count: max(0, most - 3)), side: 192)
  }

  /// What is shown of regions: the surroundings of the patch at the peak, the same with the map over it,
  /// and those of the most similar normal patches.
  ///
  /// - Parameters:
  ///   - regions: Those of `verdict` that are shown.
  ///   - image: The image as it was decoded.
  ///   - verdict: One that ``explained(_:of:regions:patches:)`` gave.
  /// - Returns: For each region its images; none where the model keeps no normal patches.
  /// - Throws: What resizing throws.
  package func views(
    of regions: [AnomalousRegion], in image: Image, _ verdict: Verdict
  ) throws -> [[Image]] {
    guard let normal = model.normalPatches else { return [] }
    let square = try square(of: image)
    let heat = square.overlaid(
      with: verdict.map.decidingScores, scale: heatScale(verdict.level))
    return regions.map { region in
      guard let place = region.place else { return [] }
      let side = normal.receptiveField.patchSide
      return [square, heat].map { $0.surroundings(of: place, patchSide: side) }
        + (region.similar ?? []).compactMap { normal.picture(of: $0, side: square.height) }
    }
  }

  /// An image as the detector looks at it.
  private func square(of image: Image) throws -> Image {
    try model.framing.framed(image)
  }
}

extension NormalPatches {
  /// The surroundings of a patch, which is outlined; nil where it is not one of these.
  func picture(of patch: SimilarPatch, side: Int) -> Image? {
    guard let number = patch.number, places.indices.contains(number) else { return nil }
    let place = places[number]
    let picture = sources[place.source].picture
    let scaled = { (length: Int) in length * picture.height / side }
    return picture.surroundings(
      of: PixelPlace(row: scaled(place.pixel.row), column: scaled(place.pixel.column)),
      patchSide: max(3, scaled(receptiveField.patchSide)))
  }
}

extension Image {
  /// The part around a patch, three times as wide where the image is, with the patch outlined.
  fileprivate func surroundings(of pixel: PixelPlace, patchSide: Int) -> Image {
    let window = { (place: Int, length: Int) -> Range<Int> in
      let side = min(3 * patchSide, length)
      let start = min(max(0, place - side / 2), length - side)
      return start..<start + side
    }
    let (rows, columns) = (window(pixel.row, height), window(pixel.column, width))
    let isInside = { (place: Int, center: Int) in
      (center - patchSide / 2..<center + patchSide - patchSide / 2).contains(place)
    }
    let isPatch = rows.flatMap { row in
      columns.map { isInside(row, pixel.row) && isInside($0, pixel.column) }
    }
    return cropped(
      to: Rectangle(
        x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    ).outlined(
      Mask(height: rows.count, width: columns.count, isAnomalous: isPatch), color: [1, 1, 1])
  }
}
