import Foundation
import Tensors

/// Normal distributions with independent components, one a row.
struct Gaussian {
  /// Count × dimension.
  let mean: Tensor
  /// The logarithm of the variance, of the same shape, or 1 × 1 where there is one for all.
  let logVariance: Tensor

  /// The variances are kept between e⁻¹⁰ and e¹⁰: a memorised input would otherwise be worth
  /// any amount.
  init(mean: Tensor, logVariance: Tensor) throws {
    self.mean = mean
    self.logVariance = try logVariance.clamped(to: -10...10)
  }

  /// What a network says: means, then logarithms of variances, side by side.
  init(_ output: Tensor) throws {
    let dimension = output.shape[1] / 2
    try self.init(
      mean: output.slice(1, from: 0, length: dimension),
      logVariance: output.slice(1, from: dimension, length: dimension))
  }

  /// Draws made of standard normal ones, whose rows may be one for all.
  func sample(_ standard: Tensor) throws -> Tensor {
    try mean + (logVariance * 0.5).exponential() * standard
  }

  /// KL(N(mean, variance) ‖ N(0, 1)) of each row (Kingma and Welling 2014, Appendix B).
  func divergenceFromStandard() throws -> Tensor {
    try (mean.squared() + logVariance.exponential() - logVariance - 1).sum(over: [1]) * 0.5
  }

  /// The logarithm of the density at each row of `values`.
  func logLikelihood(of values: Tensor) throws -> Tensor {
    let squares = try (values - mean).squared() / logVariance.exponential()
    return try (squares + logVariance + log(2 * Double.pi)).sum(over: [1]) * -0.5
  }
}
