package import ONNX

extension PatchDescriptor {
  /// The operators of ``describe(_:at:)``.
  ///
  /// - Parameters:
  ///   - padded: N × 3 × H × W, RGB in 0…1, with their margins.
  ///   - positions: Where they are described.
  ///   - graph: Gets the operators.
  /// - Returns: N × 128 × h × w.
  /// - Throws: `TensorError`.
  package func describe(
    _ padded: ONNXGraph.Value, at positions: Positions, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    var activations = ColorNormalization.normalized(padded, in: &graph)
    var spacing = 1
    for (number, (convolution, isPooled)) in zip(convolutions, receptiveField.isPooled).enumerated()
    {
      let weight = graph.constant(try convolution.weight.scalars(), convolution.weight.shape)
      let bias = graph.constant(try convolution.bias.scalars(), convolution.bias.shape)
      activations = graph.convolved(activations, weight: weight, bias: bias, dilation: spacing)
      guard number < convolutions.count - 1 else { break }
      activations = graph.node(
        "LeakyRelu", activations, attributes: ["alpha": .float(Self.slope)])
      guard isPooled else { continue }
      let (stride, dilation) = positions == .every ? (1, spacing) : (2, 1)
      activations = graph.node(
        "MaxPool", activations,
        attributes: [
          "kernel_shape": .ints([2, 2]), "strides": .ints([stride, stride]),
          "dilations": .ints([dilation, dilation]),
        ])
      if positions == .every { spacing *= 2 }
    }
    return activations
  }
}

extension ColorNormalization {
  /// The operators of ``normalized(_:)``.
  static func normalized(
    _ images: ONNXGraph.Value, in graph: inout ONNXGraph
  ) -> ONNXGraph.Value {
    let mean = graph.constant(mean, [1, 3, 1, 1])
    let deviation = graph.constant(deviation, [1, 3, 1, 1])
    let centred = graph.difference(images, mean)
    return graph.quotient(centred, deviation)
  }
}
