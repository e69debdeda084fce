import Foundation
import Tensors

/// How alike two grey pictures are around each pixel.
///
/// SSIM of Wang et al. (2004): means, variances and the covariance under a Gaussian window of 11 × 11
/// pixels and a deviation of 1.5, as there; brightness runs from 0 to 1.
struct StructuralSimilarity: Sendable {
  /// The side of the window.
  static let side = 11
  private static let deviation = 1.5
  /// (0.01 L)² and (0.03 L)² for brightness up to L = 1; they keep the quotients finite.
  private static let (luminance, contrast) = (1e-4, 9e-4)

  /// 1 × 1 × side × side, of sum 1.
  private let window: Tensor

  init(on device: Device = .cpu) throws {
    let weights = (0..<Self.side).map { place in
      let distance = Double(place - Self.side / 2) / Self.deviation
      return exp(-distance * distance / 2)
    }
    let sum = weights.reduce(0, +)
    let products = weights.flatMap { row in weights.map { Float(row * $0 / (sum * sum)) } }
    window = try Tensor(shape: [1, 1, Self.side, Self.side], scalars: products).to(device)
  }

  /// The similarity of pictures N × 1 × H × W, −1…1, wherever the window fits: N × 1 × H−10 × W−10.
  func map(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let count = a.shape[0]
    let all = try Tensor.concatenating([a, b, a.squared(), b.squared(), a * b])
      .convolved(with: window)
    let part = { (number: Int) in try all.slice(0, from: number * count, length: count) }
    let (meanA, meanB) = (try part(0), try part(1))
    let varianceA = try part(2) - meanA.squared()
    let varianceB = try part(3) - meanB.squared()
    let covariance = try part(4) - meanA * meanB
    let similar =
      try (meanA * meanB * 2 + Self.luminance) * (covariance * 2 + Self.contrast)
    let size =
      try (meanA.squared() + meanB.squared() + Self.luminance)
      * (varianceA + varianceB + Self.contrast)
    return try similar / size
  }

  /// The similarity around every pixel, N × 1 × H × W; pictures are mirrored beyond their borders.
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
