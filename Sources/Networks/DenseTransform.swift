public import Tensors

/// Where a patch network describes an image.
public enum Positions: Sendable, CaseIterable {
  /// At every position.
  ///
  /// Each pool becomes a maximum over the same pixels at every position, and what follows it skips
  /// the positions that the pool would have dropped (dilated, *à trous*). The result equals patch
  /// by patch extraction, like the multipooling of Bailer et al. (2017), without its copies.
  case every
  /// At every ``ReceptiveField/stride``-th position: the network as it stands, its pools kept.
  case strided
}

extension PatchDescriptor {
  /// The descriptors of images that have their margins (see ``ReceptiveField/padded(_:_:from:)``).
  ///
  /// - Parameters:
  ///   - padded: N × 3 × H × W, RGB in 0…1.
  ///   - positions: Where they are described.
  /// - Returns: N × 128 × h × w, at ``Positions/every`` with h = H - `effectiveSide` + 1.
  /// - Throws: `TensorError`.
  public func describe(_ padded: Tensor, at positions: Positions) throws -> Tensor {
    let (activations, spacing) = try beforeLast(padded, positions, freezing: false)
    return try convolutions[convolutions.count - 1](
      activations, dilation: spacing, slope: 1, pool: nil)
  }

  /// The same descriptors, some rows at a time: those of a large image are never all in memory.
  ///
  /// Layers of a network that is not ``PatchDescriptor/frozen()`` are made ready one after the other.
  ///
  /// - Parameters:
  ///   - padded: N × 3 × H × W.
  ///   - positions: Where they are described.
  ///   - take: Gets N × 128 × h × w, and how many rows came before.
  /// - Throws: `TensorError`, and what `take` throws.
  public func describe(
    _ padded: Tensor, at positions: Positions,
    _ take: (_ rows: Tensor, _ first: Int) throws -> Void
  ) throws {
    let (activations, spacing) = try beforeLast(padded, positions, freezing: true)
    // Made ready once for all rows.
    let last = try convolutions[convolutions.count - 1].frozen()
    let (batch, _, height, width) = activations.imageAxes
    let extent = (last.weight.shape[2] - 1) * spacing
    // As many as whole tiles cover, and enough for a block of tiles. Those of several images do not
    // lie side by side, and a graphics card wants to do much at a time.
    let isWhole = batch > 1 || padded.device != .cpu
    let rows = isWhole ? height : Self.rowsOfTiles * ((256 + width - 1) / width)
    let count = max(1, (height - extent) / rows)
    for number in 0..<count {
      let first = number * rows
      let length = number == count - 1 ? height - first : rows + extent
      try take(
        last(
          activations.slice(2, from: first, length: length), dilation: spacing, slope: 1,
          pool: nil), first)
    }
  }

  /// Tiles have 8 rows of outputs: four tiles of neighbouring pixels, or one of every fourth.
  private static let rowsOfTiles = 32

  /// What the last convolution sees, and how many pixels lie between neighbours that it looks at.
  private func beforeLast(
    _ input: Tensor, _ positions: Positions, freezing: Bool
  ) throws -> (activations: Tensor, spacing: Int) {
    var activations = try ColorNormalization.normalized(input)
      .to(convolutions[0].weight.type).channelsLast()
    var spacing = 1
    for (convolution, isPooled) in zip(convolutions, receptiveField.isPooled).dropLast() {
      let pool =
        positions == .every
        ? Convolution.Pool(stride: 1, dilation: spacing)
        : Convolution.Pool(stride: 2, dilation: 1)
      let ready = freezing ? try convolution.frozen() : convolution
      activations = try ready(
        activations, dilation: spacing, slope: Self.slope, pool: isPooled ? pool : nil)
      if isPooled && positions == .every { spacing *= 2 }
    }
    return (activations, spacing)
  }
}
