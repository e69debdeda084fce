public import Tensors

/// A small network for ImageNet: an encoder that teachers may distil.
///
/// The Lite0 variant of Tan and Le (2019), without squeeze-and-excitation and with ReLU6. Tensors
/// are named as in the common PyTorch port (`_conv_stem`, `_blocks.0._bn1`, `_fc`, …).
public struct EfficientNetLite0: Encoder {
  private let stem: Convolution
  private let blocks: [Block]
  /// The last convolution and the classifier; nil where the network ends after a block.
  private let head: Convolution?
  private let classifier: Convolution?

  /// The number of features: 1280 for the whole network, those of its last block otherwise.
  public let dimension: Int

  /// Kernel, stride, expansion, and channels out of each block.
  private static let plan: [(kernel: Int, stride: Int, expansion: Int, channels: Int)] = [
    (3, 1, 1, 16), (3, 2, 6, 24), (3, 1, 6, 24), (5, 2, 6, 40), (5, 1, 6, 40), (3, 2, 6, 80),
    (3, 1, 6, 80), (3, 1, 6, 80), (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112), (5, 2, 6, 192),
    (5, 1, 6, 192), (5, 1, 6, 192), (5, 1, 6, 192), (3, 1, 6, 320),
  ]

  /// What batch normalisation adds to the variance in TensorFlow's EfficientNets.
  private static let epsilon = 1e-3

  /// A network of the given tensors, whole or cut after `depth` blocks.
  ///
  /// - Throws: ``WeightsError`` about the depth, or the first tensor that is missing or of another
  ///   shape.
  public init(_ tensors: [String: Tensor], depth: Int? = nil) throws {
    if let depth, !(1...Self.plan.count).contains(depth) {
      throw WeightsError.depth(depth, of: Self.plan.count)
    }
    let weights = Weights(tensors, epsilon: Self.epsilon)
    stem = try weights.convolution("_conv_stem", normalization: "_bn0", shape: [32, 3, 3, 3])
    var inputs = 32
    var blocks: [Block] = []
    for (number, plan) in Self.plan.prefix(depth ?? Self.plan.count).enumerated() {
      blocks.append(
        try Block(
          "_blocks.\(number)", inputs: inputs, expanded: inputs * plan.expansion,
          outputs: plan.channels, kernel: plan.kernel, stride: plan.stride, weights))
      inputs = plan.channels
    }
    self.blocks = blocks
    guard depth == nil else {
      (head, classifier, dimension) = (nil, nil, inputs)
      return
    }
    head = try weights.convolution(
      "_conv_head", normalization: "_bn1", shape: [1280, inputs, 1, 1])
    // Files of our own leave the classifier out.
    classifier =
      weights.has(prefix: "_fc.") || weights.has(prefix: "_bn1.")
      ? Convolution(
        weight: try weights.tensor("_fc.weight", shape: [1000, 1280]).permuted([1, 0]),
        bias: try weights.tensor("_fc.bias", shape: [1000])) : nil
    dimension = 1280
  }

  private init(
    stem: Convolution, blocks: [Block], head: Convolution?, classifier: Convolution?, dimension: Int
  ) {
    self.stem = stem
    self.blocks = blocks
    self.head = head
    self.classifier = classifier
    self.dimension = dimension
  }

  /// The network with each of its tensors replaced, say by its copy on another device.
  public func map(_ transform: (Tensor) throws -> Tensor) rethrows -> EfficientNetLite0 {
    EfficientNetLite0(
      stem: try stem.map(transform), blocks: try blocks.map { try $0.map(transform) },
      head: try head?.map(transform), classifier: try classifier?.map(transform),
      dimension: dimension)
  }

  /// The weights as they are named in files, batch normalisation folded in.
  public var tensors: [String: Tensor] {
    var named: [(String, Convolution?)] = [("_conv_stem", stem), ("_conv_head", head)]
    for (number, block) in blocks.enumerated() {
      let name = "_blocks.\(number)"
      named += [
        ("\(name)._expand_conv", block.expand), ("\(name)._depthwise_conv", block.depthwise),
        ("\(name)._project_conv", block.project),
      ]
    }
    return named.reduce(into: [:]) { all, layer in
      all.merge(layer.1?.tensors(layer.0) ?? [:]) { own, _ in own }
    }
  }

  /// The globally pooled features of images N × 3 × H × W, RGB in 0…1: N × ``dimension``.
  public func features(of images: Tensor) throws -> Tensor {
    // (x − 127) / 128 for x in 0…255, as the network was trained.
    let scaled = try (images * (255.0 / 128) - 127.0 / 128).channelsLast()
    var activations = try stem.same(scaled, stride: 2).clamped(to: 0...6)
    for block in blocks { activations = try block(activations) }
    if let head { activations = try head(activations).clamped(to: 0...6) }
    return try activations.mean(over: [2, 3])
  }

  /// One number for each of ImageNet's 1,000 classes, N × 1000; higher is more likely.
  ///
  /// Nil where the network was cut.
  public func logits(of images: Tensor) throws -> Tensor? {
    try classifier.map { try features(of: images).matrixProduct($0.weight) + $0.bias }
  }

  /// An inverted residual: widen, convolve each channel by itself, narrow.
  private struct Block: Sendable {
    let expand: Convolution?
    let depthwise: Convolution
    let project: Convolution
    let stride: Int
    let isResidual: Bool

    init(
      _ name: String, inputs: Int, expanded: Int, outputs: Int, kernel: Int, stride: Int,
      _ weights: Weights
    ) throws {
      expand =
        expanded == inputs
        ? nil
        : try weights.convolution(
          "\(name)._expand_conv", normalization: "\(name)._bn0", shape: [expanded, inputs, 1, 1])
      depthwise = try weights.convolution(
        "\(name)._depthwise_conv", normalization: "\(name)._bn1",
        shape: [expanded, 1, kernel, kernel])
      project = try weights.convolution(
        "\(name)._project_conv", normalization: "\(name)._bn2", shape: [outputs, expanded, 1, 1])
      self.stride = stride
      isResidual = stride == 1 && inputs == outputs
    }

    private init(
      expand: Convolution?, depthwise: Convolution, project: Convolution, stride: Int,
      isResidual: Bool
    ) {
      self.expand = expand
      self.depthwise = depthwise
      self.project = project
      self.stride = stride
      self.isResidual = isResidual
    }

    func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Block {
      Block(
        expand: try expand?.map(transform), depthwise: try depthwise.map(transform),
        project: try project.map(transform), stride: stride, isResidual: isResidual)
    }

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      let wide = try expand.map { try $0(input).clamped(to: 0...6) } ?? input
      let (_, channels, _, _) = wide.imageAxes
      let convolved = try depthwise.same(wide, stride: stride, groups: channels).clamped(to: 0...6)
      let narrow = try project(convolved)
      return isResidual ? try narrow + input : narrow
    }
  }
}

extension Convolution {
  /// The convolution with zeros around the input as TensorFlow puts them.
  ///
  /// As many that one output comes out for each `stride` inputs; the odd one to the right and below.
  fileprivate func same(_ input: Tensor, stride: Int, groups: Int = 1) throws -> Tensor {
    let (_, _, height, width) = input.imageAxes
    let (_, _, kernel, _) = weight.imageAxes
    let margin = { (length: Int) in
      max(((length + stride - 1) / stride - 1) * stride + kernel - length, 0)
    }
    let (down, across) = (margin(height), margin(width))
    let padded = try input.padded(
      .zeros, left: across / 2, right: across - across / 2, top: down / 2, bottom: down - down / 2)
    return try self(padded, stride: stride, groups: groups)
  }
}
