/// The three patch networks of the paper, named for the side of the patch that they see.
///
/// The kernels are those that reproduce the printed output sizes (Bergmann et al. 2020,
/// supplement, Tables 4-6, whose kernel columns have misprints). All convolutions are valid; the
/// two larger networks pool with 2 × 2 windows of stride 2.
public enum ReceptiveField: Int, Sendable, CaseIterable, Codable {
  /// 17 × 17 pixels, no pooling.
  case p17 = 17
  /// 33 × 33 pixels, pooled twice.
  case p33 = 33
  /// 65 × 65 pixels, pooled three times.
  case p65 = 65

  /// The number of components of a descriptor, d in the paper.
  public static let dimension = 128

  /// One step of a patch network.
  enum Layer: Sendable, Equatable {
    case convolution(kernel: Int, inputs: Int, outputs: Int)
    /// 2 × 2, stride 2.
    case pooling
  }

  /// The steps from three colours to the descriptor.
  var layers: [Layer] {
    switch self {
    case .p17:
      [
        .convolution(kernel: 6, inputs: 3, outputs: 128),
        .convolution(kernel: 5, inputs: 128, outputs: 256),
        .convolution(kernel: 5, inputs: 256, outputs: 256),
        .convolution(kernel: 4, inputs: 256, outputs: 128),
      ]
    case .p33:
      [
        .convolution(kernel: 5, inputs: 3, outputs: 128), .pooling,
        .convolution(kernel: 5, inputs: 128, outputs: 256), .pooling,
        .convolution(kernel: 2, inputs: 256, outputs: 256),
        .convolution(kernel: 4, inputs: 256, outputs: 128),
      ]
    case .p65:
      [
        .convolution(kernel: 5, inputs: 3, outputs: 128), .pooling,
        .convolution(kernel: 5, inputs: 128, outputs: 128), .pooling,
        .convolution(kernel: 5, inputs: 128, outputs: 256), .pooling,
        .convolution(kernel: 4, inputs: 256, outputs: 256),
        .convolution(kernel: 1, inputs: 256, outputs: 128),
      ]
    }
  }

  /// Of each convolution, whether a pool follows it.
  var isPooled: [Bool] {
    zip(layers, layers.dropFirst() + layers.prefix(1)).filter { $0.0 != .pooling }
      .map { $0.1 == .pooling }
  }

  /// The side of a patch in pixels, p in the paper.
  public var patchSide: Int { rawValue }

  /// How many pixels apart the descriptors of the network with its pools kept lie.
  public var stride: Int {
    layers.reduce(1) { $1 == .pooling ? 2 * $0 : $0 }
  }

  /// How many pixels of the patch reach the descriptor; pools drop the last ones of odd sides.
  public var effectiveSide: Int {
    var side = 1
    var stride = 1
    for layer in layers {
      switch layer {
      case .convolution(let kernel, _, _): side += (kernel - 1) * stride
      case .pooling:
        side += stride
        stride *= 2
      }
    }
    return side
  }

  /// How many pixels before the one that a descriptor stands for reach it.
  public var marginBefore: Int { patchSide / 2 }

  /// How many pixels after the one that a descriptor stands for reach it.
  public var marginAfter: Int { effectiveSide - 1 - marginBefore }
}
