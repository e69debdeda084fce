import CTensors

/// What stands beyond the border of an image.
public enum Padding: String, Sendable, Codable, CaseIterable {
  /// Zeros.
  case zeros
  /// The image mirrored at its border pixels, which are not repeated.
  case reflection
  /// The border pixels, repeated.
  case replication

  var native: CTPadding {
    switch self {
    case .zeros: CTZeros
    case .reflection: CTReflection
    case .replication: CTReplication
    }
  }
}

/// How pixels between pixels are found.
public enum Interpolation: Sendable {
  /// From the four neighbours.
  case bilinear
  /// From the four neighbours, the outermost pixels of both sizes at the same places.
  case bilinearCorners
  /// From the sixteen neighbours.
  case bicubic
  /// Bilinear, averaging over the area that a pixel covers when an image shrinks.
  case antialiased

  var native: CTInterpolation {
    switch self {
    case .bilinear: CTBilinear
    case .bilinearCorners: CTBilinearCorners
    case .bicubic: CTBicubic
    case .antialiased: CTBilinearAntialiased
    }
  }
}

// Operations on batches of images, N × C × H × W.
extension Tensor {
  /// Cross-correlation with `weight`, outputs × inputs × height × width, plus `bias`.
  public func convolved(
    with weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) throws -> Tensor {
    try made {
      ct_conv2d(
        pointer, weight.pointer, bias?.pointer, Int32(clamping: stride), Int32(clamping: padding),
        Int32(clamping: dilation),
        Int32(clamping: groups), &$0)
    }
  }

  /// The adjoint of a convolution by `weight`, inputs × outputs × height × width, plus `bias`: each
  /// pixel spreads over the pixels that a convolution of that stride and padding would gather.
  public func spread(
    by weight: Tensor, bias: Tensor, stride: Int = 1, padding: Int = 0
  ) throws -> Tensor {
    if (weight.shape[2], weight.shape[3], stride, padding) == (4, 4, 2, 1), device == .cpu {
      return try doubled(by: weight) + bias.reshaped([1, -1, 1, 1])
    }
    return try made {
      ct_conv_transpose2d(
        pointer, weight.pointer, bias.pointer, Int32(clamping: stride), Int32(clamping: padding),
        &$0)
    }
  }

  /// The same for kernels of 4 × 4, stride 2 and padding 1: four convolutions of 2 × 2, one for each
  /// place in the blocks of 2 × 2 pixels that a pixel becomes.
  ///
  /// libtorch's own takes three times as long on a CPU: it adds up overlapping columns on one thread.
  private func doubled(by weight: Tensor) throws -> Tensor {
    let (count, _, height, width) = imageAxes
    let outputs = weight.shape[1]
    // The first pixel of a block sees the pixel before and its own, the second its own and the next.
    let taps = [[3, 1], [2, 0]]
    let kernels = try taps.flatMap { rows in
      try taps.map { columns in
        try weight.selecting(rows, axis: 2).selecting(columns, axis: 3).permuted([1, 0, 2, 3])
      }
    }
    let all = try convolved(
      with: Tensor.concatenating(kernels).channelsLast(), padding: 1
    ).permuted([0, 2, 3, 1])
    let place = { (row: Int, column: Int) in
      try all.slice(1, from: row, length: height).slice(2, from: column, length: width)
        .slice(3, from: (2 * row + column) * outputs, length: outputs)
    }
    let lines = try (0..<2).map { row in
      try Tensor.stacking([place(row, 0), place(row, 1)], axis: 3)
        .reshaped([count, height, 2 * width, outputs])
    }
    return try Tensor.stacking(lines, axis: 2)
      .reshaped([count, 2 * height, 2 * width, outputs]).permuted([0, 3, 1, 2])
  }

  /// Each channel normalised, then scaled and shifted (Ioffe and Szegedy 2015).
  ///
  /// - Parameters:
  ///   - scale: One number a channel.
  ///   - shift: One number a channel.
  ///   - mean: Running mean of each channel.
  ///   - variance: Running variance of each channel.
  ///   - learning: Whether the batch's own statistics are taken, and the running ones moved towards
  ///     them by a tenth, in place: they must have a single owner.
  /// - Returns: The batch, in its shape.
  /// - Throws: ``TensorError``.
  public func batchNormalized(
    scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, learning: Bool
  ) throws -> Tensor {
    try made {
      ct_batch_norm(
        pointer, scale.pointer, shift.pointer, mean.pointer, variance.pointer, learning, 0.1, 1e-5,
        &$0)
    }
  }

  /// The largest element of each `kernel` × `kernel` window.
  public func maxPooled(
    kernel: Int, stride: Int, padding: Int = 0, dilation: Int = 1
  ) throws -> Tensor {
    if kernel == 2, padding == 0 {
      return try made {
        ct_max_pool2x2(pointer, Int32(clamping: stride), Int32(clamping: dilation), &$0)
      }
    }
    return try made {
      ct_max_pool2d(
        pointer, Int32(clamping: kernel), Int32(clamping: stride), Int32(clamping: padding),
        Int32(clamping: dilation), &$0)
    }
  }

  /// The images with pixels added around them.
  public func padded(
    _ padding: Padding, left: Int, right: Int, top: Int, bottom: Int
  ) throws -> Tensor {
    let sides = [left, right, top, bottom].map(Int64.init)
    return try made { ct_pad2d(pointer, padding.native, sides, &$0) }
  }

  /// The images at another size; pixel centres lie at half-integers.
  public func resized(
    height: Int, width: Int, _ interpolation: Interpolation = .bilinear
  ) throws -> Tensor {
    try made { ct_resize2d(pointer, interpolation.native, Int64(height), Int64(width), &$0) }
  }
}
