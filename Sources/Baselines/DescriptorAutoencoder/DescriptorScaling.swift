import AnomalyDetection
import Tensors

/// Descriptors centred one component at a time and divided by one common deviation.
///
/// One for all: with a deviation for each component the quiet ones would count as much as those
/// that say something.
struct DescriptorScaling: Sendable {
  let mean: Tensor
  let deviation: Tensor

  init(of descriptors: Tensor) throws {
    mean = try descriptors.mean(over: [0], keepingAxes: true)
    deviation = try ((descriptors - mean).squared().mean(over: [0, 1], keepingAxes: true) + 1e-12)
      .squareRoot()
  }

  init(_ tensors: ModelTensors) throws {
    mean = try tensors.tensor("mean", shape: [1, nil])
    deviation = try tensors.tensor("deviation", shape: [1, 1])
  }

  var tensors: [String: Tensor] { ["mean": mean, "deviation": deviation] }

  func scaled(_ descriptors: Tensor) throws -> Tensor { try (descriptors - mean) / deviation }
}
