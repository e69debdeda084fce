package import Networks
package import Tensors

/// Scores each pixel of images by the descriptors of the patch around it.
package struct DescriptorScoring: Sendable {
  package let receptiveField: ReceptiveField
  package let density: Density
  package let padding: Padding
  /// The side of the tiles in which large images are worked on, in pixels that they see; nil for the
  /// usual one.
  ///
  /// The activations of a tile, some hundred numbers for each of its pixels, are what an image
  /// needs of memory beyond its own.
  package var tilePixels: Int?

  package init(receptiveField: ReceptiveField, density: Density, padding: Padding) {
    self.receptiveField = receptiveField
    self.density = density
    self.padding = padding
  }

  /// An image of 256 × 256 with its margins is one tile.
  ///
  /// Of larger ones p = 17, whose margins are small, takes smaller tiles on a CPU, where the other
  /// receptive fields need little memory: for a twentieth more time a strided map needs 120 MB less.
  private func tilePixels(of image: Tensor) -> Int {
    if let tilePixels { return tilePixels }
    let (_, _, height, width) = image.imageAxes
    let most = 320
    let isSmall = max(height, width) + receptiveField.effectiveSide - 1 <= most
    let savesMemory = receptiveField == .p17 && density != .full && image.device == .cpu
    return savesMemory && !isSmall ? 144 : most
  }

  /// How many descriptors lie along the side of a tile at most.
  private func tileSide(of image: Tensor) -> Int {
    max(1, (tilePixels(of: image) - receptiveField.effectiveSide) / spacing + 1)
  }

  /// Whether an image, N × 3 × H × W, is worked on as a whole.
  package func takesOneTile(_ image: Tensor) -> Bool {
    let (_, _, height, width) = image.imageAxes
    return samples(along: max(height, width)).count
      <= tileSide(of: image)
  }

  /// Where networks describe images.
  package var positions: Positions { density == .full ? .every : .strided }

  /// How many pixels lie between neighbouring descriptors.
  private var spacing: Int { density == .full ? 1 : receptiveField.stride }

  /// The pixels along a side that are described.
  func samples(along length: Int) -> SampledPixels {
    SampledPixels(length: length, spacing: spacing)
  }

  /// Some scores of every pixel of images of one size.
  ///
  /// They are padded once and cut into tiles that overlap by what a descriptor sees, so that
  /// the tiles do not show: each pixel's patch is the same with and without them.
  ///
  /// - Parameters:
  ///   - images: N × 3 × H × W.
  ///   - channels: How many scores a pixel gets.
  ///   - score: Gives the scores N × channels × h × w of a padded part of the images, with
  ///     a descriptor for each of ``positions``.
  /// - Returns: N × channels × H × W.
  /// - Throws: `TensorError`, and ``MappingError`` where the images are too small.
  package func scores(
    of images: Tensor, channels: Int = 1, _ score: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let (batch, _, height, width) = images.imageAxes
    try receptiveField.check(height: height, width: width, padding)
    let (rows, columns) = (samples(along: height), samples(along: width))
    let padded = try receptiveField.padded(images, padding)
    let sampled = try Tensor(
      repeating: 0, shape: [batch, channels, rows.count, columns.count], on: images.device)
    let side = tileSide(of: images)
    for tile in Tile.covering(rows: rows.count, columns: columns.count, side: side) {
      let part = try cut(tile, from: padded, rows, columns)
      try sampled.write(score(part), at: [0, 0, tile.row, tile.column])
    }
    return try sampled.interpolated(rows: rows, columns: columns, height: height, width: width)
  }

  /// The shape of all descriptors of a part.
  package func shape(ofDescriptorsOf part: Tensor) -> [Int] {
    let (batch, _, height, width) = part.imageAxes
    let along = { (side: Int) in (side - receptiveField.effectiveSide) / spacing + 1 }
    return [batch, ReceptiveField.dimension, along(height), along(width)]
  }

  /// The padded pixels that the descriptors of a tile see.
  private func cut(
    _ tile: Tile, from padded: Tensor, _ rows: SampledPixels, _ columns: SampledPixels
  ) throws -> Tensor {
    let seen = { (count: Int) in (count - 1) * spacing + receptiveField.effectiveSide }
    return
      try padded
      .slice(2, from: rows.offset + tile.row * spacing, length: seen(tile.height))
      .slice(3, from: columns.offset + tile.column * spacing, length: seen(tile.width))
  }
}

extension ReceptiveField {
  /// Throws where an image is smaller than what is mirrored at its border.
  package func check(height: Int, width: Int, _ padding: Padding) throws {
    let least = padding == .reflection ? max(marginBefore, marginAfter) + 1 : 1
    guard min(height, width) >= least else {
      throw MappingError.tooSmall(height: height, width: width, least: least)
    }
  }
}
