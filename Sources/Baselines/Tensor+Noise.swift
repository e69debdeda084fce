import Tensors

extension Tensor {
  /// The numbers with Gaussian noise of a deviation added to each.
  func withNoise(deviation: Double, seed: UInt64) throws -> Tensor {
    try self + Tensor.normal(shape: shape, seed: seed).to(device) * deviation
  }
}
