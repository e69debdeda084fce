import Foundation
import Tensors

/// How alike two grey images are around each pixel.
///
/// SSIM of Wang et al. (2004): means, variances and the covariance under a Gaussian window of 11 × 11
/// pixels and a deviation of 1.5, as there; brightness runs from 0 to 1.
struct StructuralSimilarity: Sendable {
  /// The side of the window.
  static let side = 11
  private static let deviation = 1.5
  /// (0.01 L)² and (0.03 L)² for brightness up to L = 1; they keep the quotients finite.
  private static let (luminance, contrast) = (1e-4, 9e-4)

  /// The window along one side, of sum 1; the whole is its product with itself.
  private static let window: [Float] = {
    let weights = (0..<side).map { place in
      let distance = Double(place - side / 2) / deviation
      return exp(-distance * distance / 2)
    }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }()

  /// The weighted means of images N × 1 × H × W wherever the window fits.
  ///
  /// As products with a matrix for each side: libtorch's convolution of a single channel takes ten
  /// times as long, most of it for its gradient on one thread.
  private func means(_ pictures: Tensor) throws -> Tensor {
    let (_, _, height, width) = pictures.imageAxes
    let matrix = { (length: Int) in
      var rows = [Float](repeating: 0, count: (length - Self.side + 1) * length)
      for row in 0...length - Self.side {
        let start = row * length + row
        rows.replaceSubrange(start..<start + Self.side, with: Self.window)
      }
      return try Tensor(shape: [length - Self.side + 1, length], scalars: rows)
        .to(pictures.device)
    }
    return try matrix(height).matrixProduct(pictures.contiguous())
      .matrixProduct(matrix(width).transposed())
  }

  /// The similarity of images N × 1 × H × W, −1…1, wherever the window fits: N × 1 × H−10 × W−10.
  func map(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let (meanA, meanB) = (try means(a), try means(b))
    let varianceA = try means(a.squared()) - meanA.squared()
    let varianceB = try means(b.squared()) - meanB.squared()
    let covariance = try means(a * b) - meanA * meanB
    let similar =
      try (meanA * meanB * 2 + Self.luminance) * (covariance * 2 + Self.contrast)
    let size =
      try (meanA.squared() + meanB.squared() + Self.luminance)
      * (varianceA + varianceB + Self.contrast)
    return try similar / size
  }

  /// The similarity around every pixel, N × 1 × H × W; images are mirrored beyond their borders.
  func fullMap(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let margin = Self.side / 2
    let padded = { (picture: Tensor) in
      try picture.padded(.reflection, left: margin, right: margin, top: margin, bottom: margin)
    }
    return try map(padded(a), padded(b))
  }

  /// One minus the mean similarity.
  func loss(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try -map(a, b).mean() + 1
  }
}
