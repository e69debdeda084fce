public import Tensors

/// The weights of one convolution.
public struct Convolution: Sendable {
  /// Outputs × inputs × height × width.
  public let weight: Tensor
  /// One number an output.
  public let bias: Tensor

  /// A convolution of the given weights.
  public init(weight: Tensor, bias: Tensor) {
    self.weight = weight
    self.bias = bias
  }

  /// Random weights that keep the variance of the signal through leaky rectifiers, and zero bias.
  ///
  /// He et al. (2015), Eq. 14. With the usual smaller weights the signal shrinks from layer to layer, and distillation
  /// stands still for hundreds of steps.
  init(kernel: Int, inputs: Int, outputs: Int, seed: UInt64) throws {
    let shape = [outputs, inputs, kernel, kernel]
    let deviation = (2 / Double(inputs * kernel * kernel)).squareRoot()
    weight = try (Tensor.normal(shape: shape, seed: seed) * deviation).channelsLast()
    bias = try Tensor(repeating: 0, shape: [outputs])
  }

  /// The convolution of images N × C × H × W.
  func callAsFunction(
    _ input: Tensor, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) throws -> Tensor {
    try input.convolved(
      with: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }

  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Convolution {
    try Convolution(weight: transform(weight), bias: transform(bias))
  }
}
