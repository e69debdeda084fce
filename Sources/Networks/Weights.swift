import Tensors

/// What is wrong with the tensors that a network should be made of.
public enum WeightsError: Error, CustomStringConvertible, Equatable {
  /// A tensor that the network needs is not there.
  case missing(String)
  /// A tensor has another shape than the network's.
  case shape(String, found: [Int], expected: [Int])
  /// A tensor holds an infinite number or none.
  case notFinite(String)
  /// The network shall be cut after more layers than it has, or none.
  case depth(Int, of: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .missing(let name):
      "the weights have no tensor '\(name)'; they belong to another network"
    case .shape(let name, let found, let expected):
      "tensor '\(name)' has shape \(found) instead of \(expected); it belongs to another network"
    case .notFinite(let name):
      "tensor '\(name)' holds numbers that are not finite; train the network again"
    case .depth(let depth, let most):
      "the network cannot be cut after \(depth) of its stages; choose 1 to \(most)"
    }
  }
}

/// Named tensors, taken out with their shapes checked.
struct Weights {
  private let tensors: [String: Tensor]

  /// What batch normalisation adds to the variance.
  private let epsilon: Double

  /// Tensors of a network; the default for batch normalisation is torchvision's.
  init(_ tensors: [String: Tensor], epsilon: Double = 1e-5) {
    self.tensors = tensors
    self.epsilon = epsilon
  }

  func has(prefix: String) -> Bool {
    tensors.keys.contains { $0.hasPrefix(prefix) }
  }

  func tensor(_ name: String, shape: [Int]) throws -> Tensor {
    guard let tensor = tensors[name] else { throw WeightsError.missing(name) }
    guard tensor.shape == shape else {
      throw WeightsError.shape(name, found: tensor.shape, expected: shape)
    }
    let values = try tensor.to(.float32)
    guard try values.isFinite() else { throw WeightsError.notFinite(name) }
    return values
  }

  /// A convolution with its own bias; its tensors are those of the file, not copies.
  func convolution(_ name: String, shape: [Int]) throws -> Convolution {
    Convolution(
      weight: try tensor("\(name).weight", shape: shape),
      bias: try tensor("\(name).bias", shape: [shape[0]]))
  }

  /// A convolution with the batch normalisation that follows it folded in, here or before.
  func convolution(_ name: String, normalization: String, shape: [Int]) throws -> Convolution {
    guard has(prefix: "\(normalization).") else {
      let folded = try convolution(name, shape: shape)
      return Convolution(weight: try folded.weight.channelsLast(), bias: folded.bias)
    }
    let perOutput = { (part: String) in
      try tensor("\(normalization).\(part)", shape: [shape[0]])
    }
    let scale = try perOutput("weight") / (perOutput("running_var") + epsilon).squareRoot()
    let weight = try tensor("\(name).weight", shape: shape) * scale.reshaped([-1, 1, 1, 1])
    return Convolution(
      weight: try weight.channelsLast(),
      bias: try perOutput("bias") - perOutput("running_mean") * scale)
  }
}
