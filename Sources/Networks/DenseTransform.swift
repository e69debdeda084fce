public import Tensors

// The two ways of running a patch network over an image that has its margins (see
// `ReceptiveField.padded`), RGB in 0…1. Each loses `effectiveSide - 1` pixels of each side.
extension PatchDescriptor {
  /// The network as it stands: the descriptor of every `stride`-th position.
  public func strided(_ padded: Tensor) throws -> Tensor {
    try run(padded, keepingEveryPosition: false)
  }

  /// The descriptor of every position.
  ///
  /// Each pool becomes a maximum over the same pixels at every position, and what follows it skips
  /// the positions that the pool would have dropped (holes, *à trous*). The result equals patch
  /// by patch extraction, like the multipooling of Bailer et al. (2017), without its copies.
  public func dense(_ padded: Tensor) throws -> Tensor {
    try run(padded, keepingEveryPosition: true)
  }

  private func run(_ input: Tensor, keepingEveryPosition: Bool) throws -> Tensor {
    var activations = try ColorNormalization.normalized(input)
      .to(convolutions[0].weight.type).channelsLast()
    // How many pixels lie between neighbours that the next layer looks at.
    var spacing = 1
    for (number, (convolution, isPooled)) in zip(convolutions, receptiveField.isPooled).enumerated()
    {
      let pool =
        keepingEveryPosition
        ? Convolution.Pool(stride: 1, dilation: spacing)
        : Convolution.Pool(stride: 2, dilation: 1)
      let isLast = number == convolutions.count - 1
      activations = try convolution(
        activations, dilation: spacing, slope: isLast ? 1 : Self.slope,
        pool: isPooled ? pool : nil)
      if isPooled && keepingEveryPosition { spacing *= 2 }
    }
    return activations
  }
}
