import Networks
import Tensors
import UninformedStudents

/// A layer of the patch networks, at the sizes that it meets.
private struct Layer {
  let network: ReceptiveField
  let (side, inputs, outputs): (Int, Int, Int)
  /// Pixels between neighbours where every pixel gets a descriptor.
  let dilation: Int
  /// Windows and the rows and columns of the output in a training step.
  let (batch, window): (Int, Int)

  var name: String { "p\(network.rawValue) \(side)x\(side) \(inputs)-\(outputs)" }
  /// 10⁹ multiplications and additions for one output pixel.
  var operations: Double { 2e-9 * Double(side * side * inputs * outputs) }

  static let all = [
    Layer(network: .p17, side: 5, inputs: 128, outputs: 256, dilation: 1, batch: 16, window: 12),
    Layer(network: .p17, side: 5, inputs: 256, outputs: 256, dilation: 1, batch: 16, window: 8),
    Layer(network: .p17, side: 4, inputs: 256, outputs: 128, dilation: 1, batch: 16, window: 5),
    Layer(network: .p33, side: 5, inputs: 128, outputs: 256, dilation: 2, batch: 12, window: 24),
    Layer(network: .p33, side: 2, inputs: 256, outputs: 256, dilation: 4, batch: 12, window: 11),
    Layer(network: .p33, side: 4, inputs: 256, outputs: 128, dilation: 4, batch: 12, window: 8),
    Layer(network: .p65, side: 5, inputs: 128, outputs: 128, dilation: 2, batch: 8, window: 40),
    Layer(network: .p65, side: 5, inputs: 128, outputs: 256, dilation: 4, batch: 8, window: 16),
    Layer(network: .p65, side: 4, inputs: 256, outputs: 256, dilation: 8, batch: 8, window: 5),
  ]

  func parameters() throws -> (weight: Tensor, bias: Tensor) {
    let deviation = (2 / Double(inputs * side * side)).squareRoot()
    return (
      try (Tensor.normal(shape: [outputs, inputs, side, side], seed: 1) * deviation)
        .channelsLast(),
      try Tensor.normal(shape: [outputs], seed: 2)
    )
  }

  /// An image of 256 × 256, every pixel.
  func infer() throws -> Comparison {
    let padded = 256 + (side - 1) * dilation
    let (weight, bias) = try parameters()
    let image = try Tensor.normal(shape: [1, inputs, padded, padded], seed: 3).channelsLast()
    guard let filter = try MinimalFilter(weight: weight, bias: bias) else {
      throw Disagreement(description: "no kernel for \(name)")
    }
    let direct = {
      try image.convolved(with: weight, bias: bias, dilation: dilation).leakyReLU(slope: 0.005)
    }
    let minimal = { try filter(image, dilation: dilation, slope: 0.005) }
    return try withoutGradients {
      try Disagreement.check(direct(), minimal(), name)
      return try Comparison(
        name + (dilation > 1 ? " holes \(dilation)" : ""), rounds: 7,
        gigaflop: operations * 65536,
        [("libtorch", { _ = try direct() }), ("ours", { _ = try minimal() })])
    }
  }

  /// A training step, with gradients.
  func learn() throws -> Comparison {
    let (weight, bias) = try parameters()
    let learnt = try [weight.parameter(), bias.parameter()]
    let image = try Tensor.normal(
      shape: [batch, inputs, window + side - 1, window + side - 1], seed: 3
    ).channelsLast().parameter()
    let gradients = { (output: Tensor) in
      try output.squared().mean().gradients(for: [image] + learnt)
    }
    let direct = {
      try gradients(image.convolved(with: learnt[0], bias: learnt[1]).leakyReLU(slope: 0.005))
    }
    let minimal = {
      try gradients(image.minimallyConvolved(with: learnt[0], bias: learnt[1], slope: 0.005))
    }
    try Disagreement.check(direct()[2], minimal()[2], name)
    return try Comparison(
      name + ", learning", rounds: 7, gigaflop: 3 * operations * Double(batch * window * window),
      [("libtorch", { _ = try direct() }), ("ours", { _ = try minimal() })])
  }
}

/// The first layer of a network over an image of 256 × 256 with its margins, and the pool after it.
private func first(of field: ReceptiveField, side: Int) throws -> Comparison {
  let seen = 256 + field.effectiveSide - 1
  let pools = field != .p17
  let weight = try Tensor.normal(shape: [128, 3, side, side], seed: 1).channelsLast()
  let bias = try Tensor.normal(shape: [128], seed: 2)
  let image = try Tensor.normal(shape: [1, 3, seen, seen], seed: 3).channelsLast()
  let name = "p\(field.rawValue) \(side)x\(side) 3-128\(pools ? ", pool" : "")"
  guard let filter = try ShallowFilter(weight: weight, bias: bias) else {
    throw Disagreement(description: "no kernel for \(name)")
  }
  let direct = {
    let output = try image.convolved(with: weight, bias: bias).leakyReLU(slope: 0.005)
    return pools ? try output.maxPooled(kernel: 2, stride: 1) : output
  }
  let shallow = { try filter(image, slope: 0.005, pool: pools ? 1 : nil) }
  return try withoutGradients {
    try Disagreement.check(direct(), shallow(), name)
    return try Comparison(
      name, rounds: 7, gigaflop: 2e-9 * Double(128 * 3 * side * side * seen * seen),
      [("libtorch", { _ = try direct() }), ("ours", { _ = try shallow() })])
  }
}

/// What our kernels gain over libtorch's operations on the same tensors, layer by layer.
func compareConvolutions(_ report: (Comparison) -> Void) throws {
  for (field, side) in [(ReceptiveField.p17, 6), (.p33, 5), (.p65, 5)] {
    report(try first(of: field, side: side))
  }
  for layer in Layer.all { report(try layer.infer()) }
  for layer in Layer.all { report(try layer.learn()) }
}
