public import Tensors

/// Fully connected layers with leaky rectifiers between them, none after the last.
public struct Perceptron: Sendable {
  /// One layer: inputs × outputs, and 1 × outputs.
  struct Layer: Sendable {
    let weight: Tensor
    let bias: Tensor
  }

  let layers: [Layer]
  package let slope: Double

  private init(_ layers: [Layer], slope: Double) {
    self.layers = layers
    self.slope = slope
  }

  /// Random weights that keep the variance of the signal, and zero bias.
  ///
  /// He et al. (2015), Eq. 14.
  ///
  /// - Parameters:
  ///   - sizes: The numbers of inputs, of units of each hidden layer, and of outputs.
  ///   - slope: Of the rectifiers, where their input is negative.
  ///   - seed: The same seed gives the same weights.
  /// - Throws: `TensorError`.
  public init(_ sizes: [Int], slope: Double = 5e-3, seed: UInt64) throws {
    var layers: [Layer] = []
    for (number, (inputs, outputs)) in zip(sizes, sizes.dropFirst()).enumerated() {
      let weight = try Tensor.normal(
        shape: [inputs, outputs], seed: Tensor.seed(seed, of: number))
      layers.append(
        Layer(
          weight: try weight * (2 / Double(inputs)).squareRoot(),
          bias: try Tensor(repeating: 0, shape: [1, outputs])))
    }
    self.init(layers, slope: slope)
  }

  /// The network of ``tensors``, in the order in which they stand there.
  public init(_ tensors: [Tensor], slope: Double = 5e-3) {
    let pairs = stride(from: 0, to: tensors.count - 1, by: 2)
    self.init(pairs.map { Layer(weight: tensors[$0], bias: tensors[$0 + 1]) }, slope: slope)
  }

  /// Weight and bias of each layer in turn.
  public var tensors: [Tensor] { layers.flatMap { [$0.weight, $0.bias] } }

  /// The network with each of its tensors replaced, say by its copy on another device.
  public func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Perceptron {
    Perceptron(
      try layers.map { Layer(weight: try transform($0.weight), bias: try transform($0.bias)) },
      slope: slope)
  }

  /// Rows of inputs to rows of outputs.
  public func callAsFunction(_ inputs: Tensor) throws -> Tensor {
    var activations = inputs
    for (number, layer) in layers.enumerated() {
      activations = try activations.matrixProduct(layer.weight) + layer.bias
      if number < layers.count - 1 { activations = try activations.leakyReLU(slope: slope) }
    }
    return activations
  }
}
