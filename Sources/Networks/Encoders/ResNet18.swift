public import Tensors

/// The residual network with 18 layers: the encoder that teachers distil.
///
/// He et al. (2016). Tensors are named as in torchvision. Batch normalisation may be folded into
/// the convolutions (`conv1.weight` with `conv1.bias`) or stand beside them (`bn1.weight`,
/// `bn1.running_mean`, …), and the network may end after any of its four stages: what the weights
/// hold decides.
public struct ResNet18: Encoder {
  private let stem: Convolution
  private let stages: [[Block]]

  /// Two 3 × 3 convolutions and the path around them.
  private struct Block: Sendable {
    let first: Convolution
    let second: Convolution
    let downsample: Convolution?
    let stride: Int

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      let inner = try first(input, stride: stride, padding: 1, slope: 0)
      let around = try downsample.map { try $0(input, stride: stride) } ?? input
      return try (second(inner, padding: 1) + around).maximum(0)
    }
  }

  /// The number of features: 512 for the whole network, 256 where it ends after `layer3`.
  public let dimension: Int

  /// A network of the given tensors, with all stages that they hold, or the first `depth`.
  ///
  /// - Throws: ``WeightsError`` about the depth, or the first tensor that is missing or of another
  ///   shape.
  public init(_ tensors: [String: Tensor], depth: Int? = nil) throws {
    if let depth, !(1...4).contains(depth) { throw WeightsError.depth(depth, of: 4) }
    let weights = Weights(tensors)
    stem = try weights.convolution("conv1", normalization: "bn1", shape: [64, 3, 7, 7])
    var stages: [[Block]] = []
    for (index, channels) in [64, 128, 256, 512].enumerated() {
      // Every network has the first stage; the others may be cut off.
      let isWanted = depth.map { index < $0 } ?? weights.has(prefix: "layer\(index + 1).")
      guard index == 0 || isWanted else { break }
      let inputs = max(64, channels / 2)
      stages.append(
        try [0, 1].map { block in
          try Self.block(
            "layer\(index + 1).\(block)", inputs: block == 0 ? inputs : channels,
            channels: channels, stride: block == 0 && index > 0 ? 2 : 1, weights)
        })
    }
    self.stages = stages
    dimension = 32 << stages.count
  }

  private static func block(
    _ name: String, inputs: Int, channels: Int, stride: Int, _ weights: Weights
  ) throws -> Block {
    Block(
      first: try weights.convolution(
        "\(name).conv1", normalization: "\(name).bn1", shape: [channels, inputs, 3, 3]),
      second: try weights.convolution(
        "\(name).conv2", normalization: "\(name).bn2", shape: [channels, channels, 3, 3]),
      downsample: inputs == channels
        ? nil
        : try weights.convolution(
          "\(name).downsample.0", normalization: "\(name).downsample.1",
          shape: [channels, inputs, 1, 1]),
      stride: stride)
  }

  private init(stem: Convolution, stages: [[Block]], dimension: Int) {
    self.stem = stem
    self.stages = stages
    self.dimension = dimension
  }

  /// The network with each of its tensors replaced, say by its copy on another device.
  public func map(_ transform: (Tensor) throws -> Tensor) rethrows -> ResNet18 {
    try mapConvolutions { try $0.map(transform) }
  }

  /// The network made ready for inference: faster on a CPU, and without gradients.
  public func frozen() throws -> ResNet18 {
    try mapConvolutions { try $0.frozen() }
  }

  private func mapConvolutions(
    _ transform: (Convolution) throws -> Convolution
  ) rethrows -> ResNet18 {
    let stages = try stages.map {
      try $0.map {
        Block(
          first: try transform($0.first), second: try transform($0.second),
          downsample: try $0.downsample.map(transform), stride: $0.stride)
      }
    }
    return ResNet18(stem: try transform(stem), stages: stages, dimension: dimension)
  }

  /// The weights as torchvision names them, batch normalisation folded in.
  public var tensors: [String: Tensor] {
    var named = [("conv1", stem)]
    for (number, stage) in stages.enumerated() {
      for (place, block) in stage.enumerated() {
        let name = "layer\(number + 1).\(place)"
        named += [("\(name).conv1", block.first), ("\(name).conv2", block.second)]
        if let downsample = block.downsample { named.append(("\(name).downsample.0", downsample)) }
      }
    }
    return named.reduce(into: [:]) { all, layer in
      all.merge(layer.1.tensors(layer.0)) { own, _ in own }
    }
  }

  /// The globally pooled features of images.
  ///
  /// - Parameter images: N × 3 × H × W, RGB in 0…1.
  /// - Returns: N × ``dimension``.
  /// - Throws: `TensorError`.
  public func features(of images: Tensor) throws -> Tensor {
    try activations(of: images)[stages.count - 1].mean(over: [2, 3])
  }

  /// The output of each stage, at strides 4, 8, 16 and 32.
  public func activations(of images: Tensor) throws -> [Tensor] {
    var activations = try stem(
      ColorNormalization.normalized(images).channelsLast(), stride: 2, padding: 3
    )
    .maximum(0).maxPooled(kernel: 3, stride: 2, padding: 1)
    return try stages.map { blocks in
      for block in blocks {
        activations = try block(activations)
      }
      return activations
    }
  }
}
