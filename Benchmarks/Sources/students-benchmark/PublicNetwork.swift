import Networks
import Tensors
import UninformedStudents

/// A patch network as public re-implementations run it.
///
/// libtorch's convolutions in its default layout, and multipooling (Bailer et al. 2017), which keeps
/// every shift of a pool as an image of its own and weaves them together at the end.
struct PublicNetwork {
  private enum Layer {
    case convolution(weight: Tensor, bias: Tensor)
    case pooling
  }

  private let layers: [Layer]

  /// The network of the weights of one of ours.
  init(_ network: PatchDescriptor) throws {
    let tensors = network.tensors()
    let convolution = { (number: Int) in
      guard let weight = tensors["conv\(number).weight"], let bias = tensors["conv\(number).bias"]
      else { throw Disagreement(description: "no convolution \(number)") }
      return Layer.convolution(weight: try weight.contiguous(), bias: bias)
    }
    let plan: [Int?] =
      switch network.receptiveField {
      case .p17: [1, 2, 3, 4]
      case .p33: [1, nil, 2, nil, 3, 4]
      case .p65: [1, nil, 2, nil, 3, nil, 4, 5]
      }
    layers = try plan.map { try $0.map(convolution) ?? .pooling }
  }

  /// Parameters that take gradients, and the network of them.
  func learning() throws -> (PublicNetwork, [Tensor]) {
    var parameters: [Tensor] = []
    let layers = try layers.map { layer in
      guard case .convolution(let weight, let bias) = layer else { return layer }
      let learnt = (try weight.parameter(), try bias.parameter())
      parameters += [learnt.0, learnt.1]
      return Layer.convolution(weight: learnt.0, bias: learnt.1)
    }
    return (PublicNetwork(layers), parameters)
  }

  private init(_ layers: [Layer]) { self.layers = layers }

  /// The descriptor of every pixel of an image with its margins.
  func dense(_ padded: Tensor) throws -> Tensor {
    var pools = 0
    var activations = try run(padded) { activations in
      pools += 1
      let (_, _, height, width) = activations.imageAxes
      return try Tensor.concatenating(
        (0..<4).map { shift in
          try activations.slice(2, from: shift / 2, length: height - shift / 2)
            .slice(3, from: shift % 2, length: width - shift % 2).maxPooled(kernel: 2, stride: 2)
        })
    }
    for _ in 0..<pools {
      let (count, channels, height, width) = activations.imageAxes
      activations =
        try activations
        .reshaped([2, 2, count / 4, channels, height, width]).permuted([2, 3, 4, 0, 5, 1])
        .reshaped([count / 4, channels, 2 * height, 2 * width])
    }
    return activations
  }

  /// The descriptor of every pixel by convolutions with holes, channels-last: the fastest that
  /// libtorch's own operations allow.
  func withHoles(_ padded: Tensor) throws -> Tensor {
    var spacing = 1
    return try run(padded.channelsLast(), isChannelsLast: true, spacing: { spacing }) {
      activations in
      defer { spacing *= 2 }
      return try activations.maxPooled(kernel: 2, stride: 1, dilation: spacing)
    }
  }

  /// The network as it stands.
  func strided(_ pixels: Tensor) throws -> Tensor {
    try run(pixels) { try $0.maxPooled(kernel: 2, stride: 2) }
  }

  private func run(
    _ pixels: Tensor, isChannelsLast: Bool = false, spacing: () -> Int = { 1 },
    pool: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let channel = { (numbers: [Float]) in try Tensor(shape: [1, 3, 1, 1], scalars: numbers) }
    var activations =
      try (pixels - channel([0.485, 0.456, 0.406])) / channel([0.229, 0.224, 0.225])
    if case .convolution(let weight, _) = layers[0] {
      activations = try activations.to(weight.type)
    }
    activations = try isChannelsLast ? activations.channelsLast() : activations.contiguous()
    for (number, layer) in layers.enumerated() {
      switch layer {
      case .pooling: activations = try pool(activations)
      case .convolution(let weight, let bias):
        activations = try activations.convolved(
          with: isChannelsLast ? weight.channelsLast() : weight, bias: bias, dilation: spacing())
        if number < layers.count - 1 { activations = try activations.leakyReLU(slope: 0.005) }
      }
    }
    return activations
  }
}
