package import Images
public import Networks
public import Tensors

/// What says how like two patches are: a teacher, as a detector looks through it.
public struct PatchDescriber: Sendable {
  /// The teacher, on the processor.
  public let network: PatchDescriptor
  /// What stands beyond the border of an image.
  public let padding: Padding

  /// A teacher and how it looks at borders.
  public init(_ network: PatchDescriptor, padding: Padding) {
    self.network = network
    self.padding = padding
  }

  /// The patches that it sees.
  public var receptiveField: ReceptiveField { network.receptiveField }

  /// The descriptors of the patches around some pixels of an image: count × 128.
  ///
  /// - Throws: `TensorError`, and ``MappingError`` where the image is too small.
  package func descriptors(of image: Image, at pixels: [PixelPlace]) throws -> Tensor {
    try receptiveField.check(height: image.height, width: image.width, padding)
    let padded = try receptiveField.padded(image.tensor(), padding)
    let side = receptiveField.effectiveSide
    let patches = try pixels.map {
      try padded.slice(2, from: $0.row, length: side).slice(3, from: $0.column, length: side)
    }
    return try network.describe(.concatenating(patches), at: .strided)
      .reshaped([pixels.count, ReceptiveField.dimension])
  }

  /// The descriptors of some patches all over an image, count × 128, and the pixels that they lie around.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - most: How many at most; of more, a random part.
  ///   - random: Chooses.
  /// - Returns: Both, in one order.
  /// - Throws: As for ``descriptors(of:at:)``.
  package func descriptors(
    of image: Image, atMost most: Int, using random: inout some RandomNumberGenerator
  ) throws -> (descriptors: Tensor, pixels: [PixelPlace]) {
    try receptiveField.check(height: image.height, width: image.width, padding)
    let spacing = receptiveField.stride
    // Without pools a network has no cheap grid: so many patches by themselves cost less than all.
    guard spacing > 1 else {
      let pixels = (0..<min(most, 512)).map { _ in
        PixelPlace(
          row: .random(in: 0..<image.height, using: &random),
          column: .random(in: 0..<image.width, using: &random))
      }
      return (try descriptors(of: image, at: pixels), pixels)
    }
    let rows = SampledPixels(length: image.height, spacing: spacing)
    let columns = SampledPixels(length: image.width, spacing: spacing)
    let padded = try receptiveField.padded(
      image.tensor(), padding, from: (rows.offset, columns.offset))
    let grid = try network.describe(padded, at: .strided)
    let all = try grid.permuted([0, 2, 3, 1]).reshaped([
      rows.count * columns.count, ReceptiveField.dimension,
    ])
    let chosen = (0..<rows.count * columns.count).shuffled(using: &random).prefix(most).sorted()
    let pixels = chosen.map {
      PixelPlace(
        row: rows.offset + $0 / columns.count * spacing,
        column: columns.offset + $0 % columns.count * spacing)
    }
    return (try all.selecting(chosen), pixels)
  }
}
