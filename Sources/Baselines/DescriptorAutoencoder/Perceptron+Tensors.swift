import AnomalyDetection
import Networks
import Tensors

extension Perceptron {
  /// The weights by name: `<name>.0.weight`, `<name>.0.bias`, and so on.
  func named(_ name: String) -> [String: Tensor] {
    var named: [String: Tensor] = [:]
    for (number, tensor) in tensors.enumerated() {
      named["\(name).\(number / 2).\(number % 2 == 0 ? "weight" : "bias")"] = tensor
    }
    return named
  }

  /// A network of the tensors that ``named(_:)`` gave; nil for sides that the tensors decide.
  init(_ tensors: ModelTensors, _ name: String, sizes: [Int?]) throws {
    self.init(
      try zip(sizes, sizes.dropFirst()).enumerated().flatMap { number, sides in
        [
          try tensors.tensor("\(name).\(number).weight", shape: [sides.0, sides.1]),
          try tensors.tensor("\(name).\(number).bias", shape: [1, sides.1]),
        ]
      })
  }
}
