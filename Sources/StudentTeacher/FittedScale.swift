import AnomalyDetection
import Networks
import Tensors

/// One receptive field of a fitted detector: a teacher and the students that imitate it.
struct FittedScale: Sendable {
  let teacher: PatchDescriptor
  let statistics: DescriptorStatistics
  let students: [PatchDescriptor]

  var receptiveField: ReceptiveField { teacher.receptiveField }

  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> FittedScale {
    FittedScale(
      teacher: try teacher.map(transform), statistics: try statistics.map(transform),
      students: try students.map { try $0.map(transform) })
  }

  /// The side of the tiles in which large images are worked on, in pixels that they see.
  ///
  /// The activations of a tile, some hundred numbers for each of its pixels, are what an image
  /// needs of memory beyond its own. An image of 256 × 256 with its margins is one tile.
  static let tilePixels = 320

  /// Regression error and predictive uncertainty of every pixel.
  ///
  /// The image is padded once and cut into tiles that overlap by what a descriptor sees, so that
  /// the tiles do not show: each pixel's patch is the same with and without them.
  ///
  /// - Parameters:
  ///   - image: 1 × 3 × H × W.
  ///   - density: Where descriptors are computed.
  ///   - padding: What stands beyond the border.
  ///   - tilePixels: The most pixels along the side of a tile.
  /// - Returns: Both 1 × 1 × H × W.
  /// - Throws: `TensorError`.
  func errorAndUncertainty(
    of image: Tensor, density: Density, padding: Padding, tilePixels: Int = tilePixels
  ) throws -> (error: Tensor, uncertainty: Tensor) {
    let (_, _, height, width) = image.imageAxes
    try receptiveField.check(height: height, width: width, padding)
    let spacing = density == .strided ? receptiveField.stride : 1
    let rows = SampledPixels(length: height, spacing: spacing)
    let columns = SampledPixels(length: width, spacing: spacing)
    let padded = try receptiveField.padded(image, padding)
    let sampled = try Tensor(
      repeating: 0, shape: [1, 2, rows.count, columns.count], on: image.device)
    let side = max(1, (tilePixels - receptiveField.effectiveSide) / spacing + 1)
    for tile in Tile.covering(rows: rows.count, columns: columns.count, side: side) {
      let part = try cut(tile, from: padded, rows, columns)
      try sampled.write(scores(of: part, spacing: spacing), at: [0, 0, tile.row, tile.column])
    }
    let all = try sampled.interpolated(rows: rows, columns: columns, height: height, width: width)
    return (try all.slice(1, from: 0, length: 1), try all.slice(1, from: 1, length: 1))
  }

  /// The padded pixels that the descriptors of a tile see.
  private func cut(
    _ tile: Tile, from padded: Tensor, _ rows: SampledPixels, _ columns: SampledPixels
  ) throws -> Tensor {
    let seen = { (count: Int) in (count - 1) * rows.spacing + receptiveField.effectiveSide }
    return
      try padded
      .slice(2, from: rows.offset + tile.row * rows.spacing, length: seen(tile.height))
      .slice(3, from: columns.offset + tile.column * columns.spacing, length: seen(tile.width))
  }

  /// Error and uncertainty of the descriptors of a padded part: 1 × 2 × rows × columns.
  private func scores(of part: Tensor, spacing: Int) throws -> Tensor {
    let describe = { (network: PatchDescriptor) in
      try (spacing == 1 ? network.dense(part) : network.strided(part)).to(.float32)
    }
    let target = try statistics.normalized(describe(teacher))
    let answers = try students.map(describe)
    return try Tensor.stacking(
      [regressionError(of: answers, target: target), predictiveUncertainty(of: answers)], axis: 1)
  }
}

extension ReceptiveField {
  /// Throws where an image is smaller than what is mirrored at its border.
  func check(height: Int, width: Int, _ padding: Padding) throws {
    let least = padding == .reflection ? max(marginBefore, marginAfter) + 1 : 1
    guard min(height, width) >= least else {
      throw MappingError.tooSmall(height: height, width: width, least: least)
    }
  }
}

/// A rectangle of descriptors.
struct Tile: Equatable {
  let row: Int
  let column: Int
  let height: Int
  let width: Int

  /// Tiles of at most `side` × `side` that cover the descriptors without overlap.
  static func covering(rows: Int, columns: Int, side: Int) -> [Tile] {
    stride(from: 0, to: rows, by: side).flatMap { row in
      stride(from: 0, to: columns, by: side).map { column in
        Tile(
          row: row, column: column, height: min(side, rows - row),
          width: min(side, columns - column))
      }
    }
  }
}
