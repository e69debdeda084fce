package import ONNX
package import Tensors

/// A model of descriptors that a fixed graph of operators can compute.
package protocol ExportableModel: DescriptorModel {
  /// Adds the operators of `scores(of:)`.
  ///
  /// - Parameters:
  ///   - descriptors: N × dimension × h × w.
  ///   - graph: Gets the operators.
  /// - Returns: N × 1 × h × w.
  /// - Throws: `TensorError`.
  func scores(
    of descriptors: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value
}

extension DescriptorDetector: ExportableDetector where Model: ExportableModel {
  /// The operators of its maps.
  package func map(
    of images: ONNXGraph.Value, side: Int, density: Density, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let scoring = DescriptorScoring(
      receptiveField: teacher.receptiveField, density: density, padding: padding)
    return try scoring.scores(of: images, side: side, in: &graph) { padded, graph in
      var descriptors = try teacher.describe(padded, at: scoring.positions, in: &graph)
      if let components {
        descriptors = try graph.centred(descriptors, around: components.mean)
        descriptors = try graph.multiplied(descriptors, by: components.directions)
      }
      return try model.scores(of: descriptors, in: &graph)
    }
  }
}

extension ONNXGraph {
  /// N × dimension × h × w less a mean, 1 × dimension.
  package mutating func centred(_ vectors: Value, around mean: Tensor) throws -> Value {
    let mean = constant(try mean.scalars(), [1, mean.count, 1, 1])
    return difference(vectors, mean)
  }

  /// Each of the vectors N × inputs × h × w times a matrix, inputs × outputs, plus 1 × outputs.
  package mutating func multiplied(
    _ vectors: Value, by matrix: Tensor, plus bias: Tensor? = nil
  ) throws -> Value {
    let (inputs, outputs) = (matrix.shape[0], matrix.shape[1])
    let weight = constant(try matrix.transposed().scalars(), [outputs, inputs, 1, 1])
    let bias = constant(
      try bias?.scalars() ?? [Float](repeating: 0, count: outputs), [outputs])
    return convolved(vectors, weight: weight, bias: bias)
  }

  /// Squared distances of vectors N × dimension × h × w to each of count × dimension: N × count × h × w.
  ///
  /// ‖a‖² − 2ab + ‖b‖² is no less than 0 but for rounding.
  package mutating func squaredDistances(_ vectors: Value, to others: Tensor) throws -> Value {
    let squares = try others.squared().sum(over: [1]).reshaped([1, others.shape[0]])
    let own = reduced(vectors, by: "ReduceSumSquare", over: [1])
    let products = try multiplied(vectors, by: others.transposed() * -2, plus: squares)
    let distances = sum(products, own)
    return node("Relu", distances)
  }
}
