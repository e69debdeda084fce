import CTensors

/// A convolution by minimal filtering: a tenth of the products that its definition asks for.
///
/// Toom and Cook's algorithm, applied to filters by Winograd: tiles of 11 × 11 pixels are evaluated at
/// 121 points, where one product takes the place of `side`². In float32, on the CPU and with
/// stride 1; results differ from those of the definition by some 10⁻⁵ of their spread, few by 10⁻³.
///
/// Its filters are transformed once, and no gradients pass through it; for weights that are being
/// learnt see ``Tensor/minimallyConvolved(with:bias:dilation:slope:)``.
public struct MinimalFilter: Sendable {
  /// How many instruction sets of this processor there are kernels for.
  public static var instructionSets: Int { Int(ct_instruction_sets()) }

  /// Points × panels × inputs × outputs of a panel.
  private let filters: Tensor
  private let bias: Tensor
  private let side: Int

  /// The filter of a convolution; nil where there is no kernel for it.
  ///
  /// - Parameters:
  ///   - weight: Outputs × inputs × side × side.
  ///   - bias: One number an output.
  ///   - instructions: The instruction set: 0 is the best that this processor has, and less than
  ///     ``instructionSets``.
  /// - Throws: `TensorError`.
  public init?(weight: Tensor, bias: Tensor, instructions: Int = 0) throws {
    guard Self.fits(weight) else { return nil }
    filters = try made { ct_filters(weight.pointer, Int32(clamping: instructions), &$0) }
    self.bias = bias
    side = weight.shape[2]
  }

  /// Whether there is a kernel for such weights, outputs × inputs × side × side.
  public static func fits(_ weight: Tensor) -> Bool {
    let (outputs, inputs, height, width) = weight.imageAxes
    return weight.type == .float32 && weight.device == .cpu && height == width
      && ct_filters_fit(Int64(outputs), Int64(inputs), Int64(height))
  }

  /// The products for each input and output that a convolution takes; nil where they save too little to
  /// pay for transforms.
  ///
  /// Borders are covered by whole tiles, so that small outputs waste most of them.
  ///
  /// - Parameters:
  ///   - height: Rows of the output.
  ///   - width: Columns of the output.
  ///   - side: Of the filter.
  ///   - dilation: Pixels between neighbours that the filter looks at.
  ///   - learning: Whether weights are transformed for this size of image alone, as by
  ///     ``Tensor/minimallyConvolved(with:bias:dilation:slope:)``.
  /// - Returns: The number of products; by its definition it would be height × width × side².
  public static func products(
    height: Int, width: Int, side: Int, dilation: Int, learning: Bool
  ) -> Int? {
    let products = Int(
      ct_filter_products(Int64(height), Int64(width), Int64(side), Int64(dilation), learning))
    return products > 0 && 2 * products <= height * width * side * side ? products : nil
  }

  /// The convolution of images, followed by a leaky rectifier.
  ///
  /// - Parameters:
  ///   - images: N × inputs × H × W.
  ///   - padding: Rows and columns of zeros around the images.
  ///   - dilation: Pixels between neighbours that the filter looks at.
  ///   - slope: Of the rectifier below zero; 1 for none.
  /// - Returns: N × outputs × H′ × W′.
  /// - Throws: `TensorError`.
  public func callAsFunction(
    _ images: Tensor, padding: Int = 0, dilation: Int = 1, slope: Double = 1
  ) throws -> Tensor {
    try made {
      ct_filter2d(
        images.pointer, filters.pointer, bias.pointer, Int64(side), Int64(dilation),
        Int64(padding), slope, &$0)
    }
  }
}

extension Tensor {
  /// The convolution that ``MinimalFilter`` computes, by weights that are transformed each time;
  /// gradients pass, and are computed by minimal filtering themselves.
  ///
  /// - Parameters:
  ///   - weight: Outputs × inputs × side × side, such as ``MinimalFilter/fits(_:)`` takes.
  ///   - bias: One number an output.
  ///   - dilation: Pixels between neighbours that the filter looks at.
  ///   - slope: Of the rectifier below zero; 1 for none.
  ///   - instructions: The instruction set, as for ``MinimalFilter``.
  /// - Returns: N × outputs × H′ × W′.
  /// - Throws: `TensorError`.
  public func minimallyConvolved(
    with weight: Tensor, bias: Tensor, dilation: Int = 1, slope: Double = 1, instructions: Int = 0
  ) throws -> Tensor {
    try made {
      ct_filter2d_learning(
        pointer, weight.pointer, bias.pointer, Int64(dilation), slope,
        Int32(clamping: instructions), &$0)
    }
  }
}
