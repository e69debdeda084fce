public import Tensors

/// The weights of one convolution.
public struct Convolution: Sendable {
  /// Outputs × inputs × height × width.
  public let weight: Tensor
  /// One number an output.
  public let bias: Tensor
  /// The same weights for inference on a CPU; nil in training, where they change, and where there is
  /// no kernel for them.
  private var minimal: MinimalFilter?
  private var shallow: ShallowFilter?

  /// A convolution of the given weights.
  public init(weight: Tensor, bias: Tensor) {
    self.weight = weight
    self.bias = bias
  }

  /// Random weights that keep the variance of the signal through leaky rectifiers, and zero bias.
  ///
  /// He et al. (2015), Eq. 14. With the usual smaller weights the signal shrinks from layer to layer, and distillation
  /// stands still for hundreds of steps.
  init(kernel: Int, inputs: Int, outputs: Int, seed: UInt64) throws {
    let shape = [outputs, inputs, kernel, kernel]
    let deviation = (2 / Double(inputs * kernel * kernel)).squareRoot()
    weight = try (Tensor.normal(shape: shape, seed: seed) * deviation).channelsLast()
    bias = try Tensor(repeating: 0, shape: [outputs])
  }

  /// A pool of 2 × 2 pixels.
  struct Pool {
    let stride: Int
    /// How far apart its pixels lie.
    let dilation: Int
  }

  /// The convolution of images N × C × H × W, followed by a leaky rectifier (`slope` 1: by none) and
  /// by a pool.
  func callAsFunction(
    _ input: Tensor, dilation: Int, slope: Double, pool: Pool?
  ) throws -> Tensor {
    if let shallow, dilation == 1, pool == nil || pool?.dilation == 1 {
      return try shallow(input, slope: slope, pool: pool?.stride)
    }
    if dilation == 1, pool == nil || pool?.stride == 2, ShallowFilter.fits(weight) {
      return try input.shallowlyConvolved(
        with: weight, bias: bias, slope: slope, pooled: pool != nil)
    }
    let output = try self(input, dilation: dilation, slope: slope)
    guard let pool else { return output }
    return try output.maxPooled(kernel: 2, stride: pool.stride, dilation: pool.dilation)
  }

  /// The convolution of images N × C × H × W, followed by a leaky rectifier (`slope` 1: by none).
  func callAsFunction(
    _ input: Tensor, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1,
    slope: Double = 1
  ) throws -> Tensor {
    if stride == 1, groups == 1,
      let output = try minimallyFiltered(
        input, padding: padding, dilation: dilation, slope: slope)
    {
      return output
    }
    let output = try input.convolved(
      with: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
    return slope == 1 ? output : try output.leakyReLU(slope: slope)
  }

  /// The same by minimal filtering; nil where that would be slower.
  private func minimallyFiltered(
    _ input: Tensor, padding: Int, dilation: Int, slope: Double
  ) throws -> Tensor? {
    guard minimal != nil || MinimalFilter.fits(weight) else { return nil }
    let (batch, _, height, width) = input.imageAxes
    let side = weight.shape[2]
    let lost = dilation * (side - 1) - 2 * padding
    let products = MinimalFilter.products(
      height: height - lost, width: width - lost, side: side, dilation: dilation,
      learning: minimal == nil)
    guard let products else { return nil }
    if let minimal {
      return try minimal(input, padding: padding, dilation: dilation, slope: slope)
    }
    guard padding == 0, batch * products >= Self.leastProducts else { return nil }
    return try input.minimallyConvolved(
      with: weight, bias: bias, dilation: dilation, slope: slope)
  }

  /// Products, for each input and output, that are worth transforming the filters for, as must be done
  /// in each step of a training.
  private static let leastProducts = 1000

  /// The convolution made ready for inference: faster, and without gradients.
  func frozen() throws -> Convolution {
    let minimal = try minimal ?? MinimalFilter(weight: weight, bias: bias)
    let shallow = try shallow ?? ShallowFilter(weight: weight, bias: bias)
    // libtorch wants its weights laid out as the images; those of our kernels have their own copy.
    var frozen = Convolution(
      weight: minimal == nil && shallow == nil ? try weight.channelsLast() : weight, bias: bias)
    (frozen.minimal, frozen.shallow) = (minimal, shallow)
    return frozen
  }

  /// The weights by name: `<name>.weight` and `<name>.bias`.
  func tensors(_ name: String) -> [String: Tensor] {
    ["\(name).weight": weight, "\(name).bias": bias]
  }

  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Convolution {
    try Convolution(weight: transform(weight), bias: transform(bias))
  }
}
