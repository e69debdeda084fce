import AnomalyDetection
import Images
import Networks
import Randomness
import Tensors

/// The pretrained features of patches around pixels.
struct DescribedPatches: Sendable {
  let encoder: any Encoder
  let side: Int
  let stride: Int

  private var margin: Int { side / 2 }

  /// Throws where an image is smaller than what is mirrored at its border.
  func check(_ image: Image) throws {
    guard min(image.height, image.width) > margin else {
      throw MappingError.tooSmall(height: image.height, width: image.width, least: margin + 1)
    }
  }

  /// Features of patches around random pixels of an image 1 × 3 × H × W: count × dimension.
  func features(
    of image: Tensor, count: Int, _ random: inout SeededGenerator
  ) throws -> Tensor {
    let (_, _, height, width) = image.imageAxes
    let places = (0..<count).map { _ in
      (
        row: Int.random(in: 0..<height, using: &random),
        column: Int.random(in: 0..<width, using: &random)
      )
    }
    return try features(of: image, around: places)
  }

  /// A score for each pixel of an image 1 × 3 × H × W, from those of patches around every
  /// `stride`-th: 1 × 1 × H × W.
  func scores(
    of image: Tensor, _ progress: MappingProgress, _ score: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let (_, _, height, width) = image.imageAxes
    let rows = SampledPixels(length: height, spacing: stride)
    let columns = SampledPixels(length: width, spacing: stride)
    let places = (0..<rows.count).flatMap { row in
      (0..<columns.count).map { column in
        (row: rows.offset + row * stride, column: columns.offset + column * stride)
      }
    }
    return try score(features(of: image, around: places, progress))
      .reshaped([1, 1, rows.count, columns.count])
      .interpolated(rows: rows, columns: columns, height: height, width: width)
  }

  private func features(
    of image: Tensor, around places: [(row: Int, column: Int)],
    _ progress: MappingProgress = { _, _ in }
  ) throws -> Tensor {
    let padded = try image.padded(
      .reflection, left: margin, right: margin, top: margin, bottom: margin
    ).channelsLast()
    var parts: [Tensor] = []
    for start in Swift.stride(from: 0, to: places.count, by: Self.together) {
      try Task.checkCancellation()
      let some = places[start..<min(start + Self.together, places.count)]
      let patches = try Tensor.concatenating(
        some.map {
          try padded.slice(2, from: $0.row, length: side).slice(3, from: $0.column, length: side)
        })
      parts.append(try encoder.features(of: patches))
      progress(start + some.count, places.count)
    }
    return try Tensor.concatenating(parts)
  }

  /// Patches that are described together.
  private static let together = 256
}
