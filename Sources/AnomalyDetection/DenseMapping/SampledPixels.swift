package import Tensors

/// The pixels along one side of an image at which descriptors are computed.
package struct SampledPixels {
  package let offset: Int
  package let spacing: Int
  package let count: Int

  /// The samples of a side of `length` pixels, as far from its one end as from the other.
  package init(length: Int, spacing: Int) {
    self.spacing = spacing
    let offset = min((spacing - 1) / 2, length - 1)
    self.offset = offset
    count = (length - 1 - offset) / spacing + 1
  }

  /// How many pixels from the first sample to the last, both counted.
  package var extent: Int { (count - 1) * spacing + 1 }
}

extension Tensor {
  /// Values at sampled pixels, N × channels × rows × columns, for all pixels of the images:
  /// unchanged at the samples, linear between them, constant beyond the outermost.
  package func interpolated(
    rows: SampledPixels, columns: SampledPixels, height: Int, width: Int
  ) throws -> Tensor {
    guard rows.spacing > 1 else { return self }
    let between = try resized(height: rows.extent, width: columns.extent, .bilinearCorners)
    return try between.padded(
      .replication, left: columns.offset, right: width - columns.offset - columns.extent,
      top: rows.offset, bottom: height - rows.offset - rows.extent)
  }
}
