package import Tensors

/// Convolutions one after the other, as a list of layers describes them.
///
/// What autoencoders, generators and discriminators of images are made of. Networks are values;
/// only ``statistics`` change in place, where a batch is learnt from.
package struct LayeredNetwork: Sendable {
  /// One convolution and what follows it.
  package struct Layer: Sendable, Equatable {
    /// Whether a layer gathers pixels, or spreads them (a transposed convolution).
    package enum Direction: Sendable { case gather, spread }
    /// What follows.
    package enum Activation: Sendable, Equatable {
      case none, sigmoid, hyperbolicTangent
      case leakyReLU(slope: Double)
    }

    let direction: Direction
    let outputs: Int
    let kernel: Int
    let stride: Int
    let padding: Int
    var isNormalized = false
    var activation = Activation.none

    /// A convolution of a kernel, stride and padding.
    package static func gather(_ outputs: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0)
      -> Layer
    {
      Layer(
        direction: .gather, outputs: outputs, kernel: kernel, stride: stride, padding: padding)
    }

    /// A transposed convolution of a kernel, stride and padding.
    package static func spread(_ outputs: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0)
      -> Layer
    {
      Layer(
        direction: .spread, outputs: outputs, kernel: kernel, stride: stride, padding: padding)
    }

    /// Channels of layers that halve patches of a side down to 4: `width`, and twice as many each time.
    package static func doubledChannels(from width: Int, side: Int) -> [Int] {
      var channels = [width]
      while 8 << (channels.count - 1) < side { channels.append(2 * (channels.last ?? width)) }
      return channels
    }

    /// The layer followed by batch normalisation.
    package var normalized: Layer {
      var layer = self
      layer.isNormalized = true
      return layer
    }

    /// The layer followed by an activation, after its normalisation.
    package func then(_ activation: Activation) -> Layer {
      var layer = self
      layer.activation = activation
      return layer
    }

    /// How many numbers of each channel an output is a sum of; a spreading layer without padding is
    /// taken to see a single pixel.
    var taps: Int {
      switch direction {
      case .gather: kernel * kernel
      case .spread: padding == 0 ? 1 : max(1, kernel * kernel / (stride * stride))
      }
    }

    /// Of a layer's weights: a spreading one has inputs first.
    func weightShape(inputs: Int) -> [Int] {
      (direction == .gather ? [outputs, inputs] : [inputs, outputs]) + [kernel, kernel]
    }
  }

  /// Scale, shift, running mean and running variance of each channel.
  private struct Normalization: Sendable {
    let scale: Tensor
    let shift: Tensor
    let mean: Tensor
    let variance: Tensor
  }

  private struct Weights: Sendable {
    let weight: Tensor
    let bias: Tensor
    let normalization: Normalization?
  }

  private let layers: [Layer]
  private let weights: [Weights]

  private init(_ layers: [Layer], _ weights: [Weights]) {
    self.layers = layers
    self.weights = weights
  }

  /// A network of random weights that keep the variance of the signal, and zero bias.
  ///
  /// He et al. (2015), Eq. 14.
  ///
  /// - Parameters:
  ///   - layers: From input to output.
  ///   - inputs: Channels of the input.
  ///   - deviation: Of all weights, instead of what keeps the variance.
  ///   - seed: The same seed gives the same weights.
  /// - Throws: `TensorError`.
  package init(
    _ layers: [Layer], inputs: Int, deviation: Double? = nil, seed: UInt64
  ) throws {
    var weights: [Weights] = []
    var channels = inputs
    for (number, layer) in layers.enumerated() {
      let keeping = (2 / Double(channels * layer.taps)).squareRoot()
      let weight = try Tensor.normal(
        shape: layer.weightShape(inputs: channels),
        seed: Tensor.seed(seed, of: number))
      let constant = { try Tensor(repeating: $0, shape: [layer.outputs]) }
      weights.append(
        Weights(
          weight: try (weight * (deviation ?? keeping)).channelsLast(), bias: try constant(0),
          normalization: layer.isNormalized
            ? Normalization(
              scale: try constant(1), shift: try constant(0), mean: try constant(0),
              variance: try constant(1)) : nil))
      channels = layer.outputs
    }
    self.init(layers, weights)
  }

  /// Images through the network.
  ///
  /// - Parameters:
  ///   - images: N × inputs × H × W.
  ///   - count: Layers that they pass; nil for all.
  ///   - learning: Whether batch normalisation takes the batch's own statistics and learns them.
  /// - Returns: N × outputs × H′ × W′.
  /// - Throws: `TensorError`.
  package func callAsFunction(
    _ images: Tensor, layers count: Int? = nil, learning: Bool = false
  ) throws -> Tensor {
    var activations = try images.channelsLast()
    for (layer, weights) in zip(layers, weights).prefix(count ?? layers.count) {
      activations =
        switch layer.direction {
        case .gather:
          try activations.convolved(
            with: weights.weight, bias: weights.bias, stride: layer.stride, padding: layer.padding)
        case .spread:
          try activations.spread(
            by: weights.weight, bias: weights.bias, stride: layer.stride, padding: layer.padding)
        }
      if let normalization = weights.normalization {
        activations = try activations.batchNormalized(
          scale: normalization.scale, shift: normalization.shift, mean: normalization.mean,
          variance: normalization.variance, learning: learning)
      }
      switch layer.activation {
      case .none: break
      case .sigmoid: activations = try activations.sigmoid()
      case .hyperbolicTangent: activations = try activations.hyperbolicTangent()
      case .leakyReLU(let slope): activations = try activations.leakyReLU(slope: slope)
      }
    }
    return activations
  }

  /// How many layers there are.
  package var count: Int { layers.count }

  /// What is learnt by gradients.
  package var parameters: [Tensor] {
    weights.flatMap { weights in
      [weights.weight, weights.bias]
        + (weights.normalization.map { [$0.scale, $0.shift] } ?? [])
    }
  }

  /// What batch normalisation learns by looking, in place.
  package var statistics: [Tensor] {
    weights.flatMap { $0.normalization.map { [$0.mean, $0.variance] } ?? [] }
  }

  /// The network with its parameters and its statistics replaced, say by copies on another device.
  package func map(
    parameters: (Tensor) throws -> Tensor, statistics: (Tensor) throws -> Tensor
  ) rethrows -> LayeredNetwork {
    LayeredNetwork(
      layers,
      try weights.map { weights in
        Weights(
          weight: try parameters(weights.weight), bias: try parameters(weights.bias),
          normalization: try weights.normalization.map {
            Normalization(
              scale: try parameters($0.scale), shift: try parameters($0.shift),
              mean: try statistics($0.mean), variance: try statistics($0.variance))
          })
      })
  }

  /// The network ready to learn on a device: its parameters take gradients.
  package func learning(on device: Device) throws -> LayeredNetwork {
    try map(
      parameters: { try $0.to(device).parameter() }, statistics: { try $0.to(device).copy() })
  }

  /// The network as it is now, without gradients, and whatever is learnt afterwards.
  package func frozen() throws -> LayeredNetwork {
    try map(parameters: { try $0.detached().copy() }, statistics: { try $0.copy() })
  }
}

// MARK: - Files

extension LayeredNetwork {
  /// The tensors by name: `<name>.0.weight`, `<name>.0.bias`, and so on.
  package func tensors(_ name: String) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (number, weights) in weights.enumerated() {
      tensors["\(name).\(number).weight"] = weights.weight
      tensors["\(name).\(number).bias"] = weights.bias
      guard let normalization = weights.normalization else { continue }
      tensors["\(name).\(number).scale"] = normalization.scale
      tensors["\(name).\(number).shift"] = normalization.shift
      tensors["\(name).\(number).mean"] = normalization.mean
      tensors["\(name).\(number).variance"] = normalization.variance
    }
    return tensors
  }

  /// The network of the tensors that ``tensors(_:)`` gave.
  ///
  /// - Parameters:
  ///   - layers: From input to output.
  ///   - inputs: Channels of the input.
  ///   - name: What the names begin with.
  ///   - tensor: Gives a tensor by its name, checked to have a shape.
  /// - Throws: What `tensor` throws.
  package init(
    _ layers: [Layer], inputs: Int, _ name: String,
    _ tensor: (_ name: String, _ shape: [Int]) throws -> Tensor
  ) throws {
    var weights: [Weights] = []
    var channels = inputs
    for (number, layer) in layers.enumerated() {
      func perOutput(_ part: String) throws -> Tensor {
        try tensor("\(name).\(number).\(part)", [layer.outputs])
      }
      weights.append(
        Weights(
          weight: try tensor("\(name).\(number).weight", layer.weightShape(inputs: channels))
            .channelsLast(),
          bias: try perOutput("bias"),
          normalization: layer.isNormalized
            ? Normalization(
              scale: try perOutput("scale"), shift: try perOutput("shift"),
              mean: try perOutput("mean"), variance: try perOutput("variance")) : nil))
      channels = layer.outputs
    }
    self.init(layers, weights)
  }
}
