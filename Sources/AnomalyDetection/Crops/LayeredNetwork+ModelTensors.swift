package import Networks

extension LayeredNetwork {
  /// The network of the tensors that ``tensors(_:)`` gave.
  package init(
    _ layers: [Layer], inputs: Int, _ name: String, _ tensors: ModelTensors
  ) throws {
    try self.init(layers, inputs: inputs, name) { try tensors.tensor($0, shape: $1) }
  }
}
