import AnomalyDetection
package import ONNX
import Networks
import Tensors

// What the models of descriptors are in operators. Distances are between centred vectors, as rounding takes less of
// them.

extension NearestNeighbor: ExportableModel {
  /// Distances to the nearest vector of the dictionary.
  package func scores(
    of descriptors: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    try graph.distances(descriptors, toNearestOf: dictionary, around: mean)
  }
}

extension KMeans: ExportableModel {
  /// Distances to the nearest centre.
  package func scores(
    of descriptors: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let mean = try centers.mean(over: [0], keepingAxes: true)
    return try graph.distances(descriptors, toNearestOf: centers - mean, around: mean)
  }
}

extension OneClassSVM: ExportableModel {
  /// The negative of the decision value.
  package func scores(
    of descriptors: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let (gamma, rho) = try (kernel.doubles()[0], kernel.doubles()[1])
    let centred = try graph.centred(descriptors, around: mean)
    let distances = try graph.squaredDistances(centred, to: supportVectors)
    let factor = graph.constant(Float(-gamma))
    let similarities = graph.node("Exp", graph.product(distances, factor))
    return try graph.multiplied(
      similarities, by: coefficients * -1, plus: Tensor(repeating: rho, shape: [1, 1]))
  }
}

extension DescriptorAutoencoder: ExportableModel {
  /// Squared distances between descriptors and what came back.
  package func scores(
    of descriptors: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let scaled = try scaling.scaled(descriptors, in: &graph)
    return try graph.squaredDistance(network(scaled, in: &graph), scaled)
  }
}

extension DescriptorScaling {
  /// The operators of `scaled(_:)`.
  func scaled(
    _ descriptors: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let centred = try graph.centred(descriptors, around: mean)
    let deviation = graph.constant(try deviation.scalar())
    return graph.quotient(centred, deviation)
  }
}

extension ONNXGraph {
  fileprivate mutating func distances(
    _ vectors: Value, toNearestOf others: Tensor, around mean: Tensor
  ) throws -> Value {
    let centred = try centred(vectors, around: mean)
    let distances = try squaredDistances(centred, to: others)
    let nearest = reduced(distances, by: "ReduceMin", over: [1])
    return node("Sqrt", nearest)
  }
}
