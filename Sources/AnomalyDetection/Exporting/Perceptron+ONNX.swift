package import Networks
package import ONNX

extension Perceptron {
  /// The operators of the network on N × inputs × h × w.
  package func callAsFunction(
    _ inputs: ONNXGraph.Value, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let tensors = tensors
    var activations = inputs
    for layer in stride(from: 0, to: tensors.count, by: 2) {
      activations = try graph.multiplied(
        activations, by: tensors[layer], plus: tensors[layer + 1])
      if layer + 2 < tensors.count {
        activations = graph.node(
          "LeakyRelu", activations, attributes: ["alpha": .float(slope)])
      }
    }
    return activations
  }
}
