import CTensors

/// A convolution of few channels, such as the colours of an image, and the pool that may follow it.
///
/// In float32, on the CPU, of stride 1 and without padding. With so few channels a convolution is
/// limited by moving its output; the pool is taken while that is at hand.
///
/// No gradients pass through it; for weights that are being learnt see
/// ``Tensor/shallowlyConvolved(with:bias:slope:pooled:)``.
public struct ShallowFilter: Sendable {
  /// Panels × side × side × inputs × outputs of a panel.
  private let filters: Tensor
  private let bias: Tensor

  /// The filter of a convolution; nil where there is no kernel for it, or where groups of channels
  /// have filters of their own.
  ///
  /// - Parameters:
  ///   - weight: Outputs × inputs × side × side, of two to four inputs.
  ///   - bias: One number an output.
  ///   - instructions: The instruction set: 0 is the best that this processor has, and less than
  ///     ``MinimalFilter/instructionSets``.
  /// - Throws: `TensorError`.
  public init?(weight: Tensor, bias: Tensor, instructions: Int = 0) throws {
    guard Self.fits(weight) else { return nil }
    filters = try made { ct_shallow_filters(weight.pointer, Int32(clamping: instructions), &$0) }
    self.bias = bias
  }

  /// Whether there is a kernel for such weights, outputs × inputs × side × side.
  public static func fits(_ weight: Tensor) -> Bool {
    let (outputs, inputs, height, width) = weight.imageAxes
    return weight.type == .float32 && weight.device == .cpu && height == width
      && (2...4).contains(inputs) && outputs > 0 && outputs % 32 == 0
  }

  /// The convolution of images, followed by a leaky rectifier.
  ///
  /// - Parameters:
  ///   - images: N × inputs × H × W.
  ///   - slope: Of the rectifier below zero; 1 for none.
  ///   - pool: How far apart the pools of 2 × 2 pixels lie that follow; nil for none.
  /// - Returns: N × outputs × H′ × W′.
  /// - Throws: `TensorError`.
  public func callAsFunction(
    _ images: Tensor, slope: Double = 1, pool: Int? = nil
  ) throws -> Tensor {
    try made {
      ct_shallow_conv2d(
        images.pointer, filters.pointer, bias.pointer, slope, Int32(clamping: pool ?? 0), &$0)
    }
  }
}

extension Tensor {
  /// The convolution that ``ShallowFilter`` computes, by weights that may change before the next one;
  /// gradients pass, those of a pool's weights in one pass over its output.
  ///
  /// - Parameters:
  ///   - weight: Outputs × inputs × side × side, such as ``ShallowFilter/fits(_:)`` takes.
  ///   - bias: One number an output.
  ///   - slope: Of the rectifier below zero; 1 for none.
  ///   - pooled: Whether a pool of 2 × 2 pixels side by side follows.
  ///   - instructions: The instruction set, as for ``ShallowFilter``.
  /// - Returns: N × outputs × H′ × W′.
  /// - Throws: `TensorError`.
  public func shallowlyConvolved(
    with weight: Tensor, bias: Tensor, slope: Double = 1, pooled: Bool = false,
    instructions: Int = 0
  ) throws -> Tensor {
    try made {
      ct_shallow_conv2d_learning(
        pointer, weight.pointer, bias.pointer, slope, pooled ? 2 : 0,
        Int32(clamping: instructions), &$0)
    }
  }
}
