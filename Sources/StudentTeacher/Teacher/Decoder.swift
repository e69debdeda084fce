import Tensors

/// The linear map D from descriptors to the encoder's features, used only while distilling.
struct Decoder {
  /// Dimension × features.
  let weight: Tensor
  let bias: Tensor

  init(features: Int, dimension: Int, seed: UInt64) throws {
    // Small: at first every feature is predicted as its mean, and not worse than that.
    let deviation = 0.1 / Double(dimension).squareRoot()
    weight = try (Tensor.normal(shape: [dimension, features], seed: seed) * deviation).parameter()
    bias = try Tensor(repeating: 0, shape: [features]).parameter()
  }

  private init(weight: Tensor, bias: Tensor) {
    self.weight = weight
    self.bias = bias
  }

  var parameters: [Tensor] { [weight, bias] }

  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Decoder {
    Decoder(weight: try transform(weight), bias: try transform(bias))
  }

  func callAsFunction(_ descriptors: Tensor) throws -> Tensor {
    try descriptors.matrixProduct(weight) + bias
  }
}
