public import Tensors

/// A network that describes a patch of an image by 128 numbers: the teacher T̂, or a student.
///
/// One set of weights describes patches (``describe(patches:)``), every pixel of an image, and every
/// `stride`-th pixel for a fraction of the cost (``describe(_:at:)``). All give the same descriptor
/// for the same pixels. Images are RGB in 0…1; the network scales the colours itself.
///
/// Leaky rectifiers of slope 0.005 follow all convolutions but the last: students regress targets
/// with unit variance, which a last rectifier would put out of reach.
public struct PatchDescriptor: Sendable {
  /// Which of the three networks this is.
  public let receptiveField: ReceptiveField
  /// The convolutions in the order in which they are applied.
  public let convolutions: [Convolution]

  static let slope = 5e-3

  /// A network of random weights, the same for the same seed.
  public init(_ receptiveField: ReceptiveField, seed: UInt64) throws {
    self.receptiveField = receptiveField
    var convolutions: [Convolution] = []
    for case .convolution(let kernel, let inputs, let outputs) in receptiveField.layers {
      convolutions.append(
        try Convolution(
          kernel: kernel, inputs: inputs, outputs: outputs,
          seed: Tensor.seed(seed, of: convolutions.count)))
    }
    self.convolutions = convolutions
  }

  init(_ receptiveField: ReceptiveField, _ convolutions: [Convolution]) {
    self.receptiveField = receptiveField
    self.convolutions = convolutions
  }

  /// The network with each of its tensors replaced, say by its copy on another device.
  public func map(_ transform: (Tensor) throws -> Tensor) rethrows -> PatchDescriptor {
    try PatchDescriptor(receptiveField, convolutions.map { try $0.map(transform) })
  }

  /// The network made ready for inference: faster on a CPU, and without gradients.
  ///
  /// Its descriptors differ from those of the network itself by about 10⁻⁴ of their spread.
  public func frozen() throws -> PatchDescriptor {
    try PatchDescriptor(receptiveField, convolutions.map { try $0.frozen() })
  }

  /// All weights and biases, in a fixed order.
  public var parameters: [Tensor] { convolutions.flatMap { [$0.weight, $0.bias] } }

  /// The descriptors of patches.
  ///
  /// - Parameter patches: N × 3 × p × p.
  /// - Returns: N × 128.
  /// - Throws: `TensorError`.
  public func describe(patches: Tensor) throws -> Tensor {
    let (batch, _, height, width) = patches.imageAxes
    let side = receptiveField.patchSide
    precondition(height == side && width == side, "patches of \(height) × \(width), not \(side)")
    return try describe(patches, at: .strided).reshaped([batch, ReceptiveField.dimension])
  }
}

extension ReceptiveField {
  /// Images with the margins added that give one descriptor a pixel.
  ///
  /// - Parameters:
  ///   - images: N × 3 × H × W.
  ///   - padding: What stands beyond the border.
  ///   - first: The row and column of the pixel that the first descriptor stands for; what only those
  ///     before it see is left out.
  /// - Returns: N × 3 × (H + margins) × (W + margins), less the rows and columns before `first`.
  /// - Throws: `TensorError`, say where an image is too small to be reflected at its border.
  public func padded(
    _ images: Tensor, _ padding: Padding = .reflection, from first: (row: Int, column: Int) = (0, 0)
  ) throws -> Tensor {
    let all = try images.padded(
      padding, left: marginBefore, right: marginAfter, top: marginBefore, bottom: marginAfter)
    let (_, _, height, width) = all.imageAxes
    return try all.slice(2, from: first.row, length: height - first.row)
      .slice(3, from: first.column, length: width - first.column)
  }
}
