import Foundation
import UninformedStudents

/// What minimal filtering gains over libtorch's convolution, layer by layer.
///
///     swift run -c release convolving
///
/// The layers of the patch networks, at the sizes that they meet: an image of 256 × 256 with a
/// descriptor at every pixel, and the windows of a training step with their gradients. Both see the
/// same tensors, channels-last, turn about; times are medians.
@main struct Convolving {
  struct Layer {
    let network: ReceptiveField
    let (side, inputs, outputs): (Int, Int, Int)
    /// Pixels between neighbours where every pixel gets a descriptor.
    let dilation: Int
    /// Images and the rows and columns of the output in a training step.
    let (batch, window): (Int, Int)

    func named(_ dilation: Int) -> String {
      "p\(network.rawValue) \(side)x\(side) \(inputs)-\(outputs)"
        + (dilation > 1 ? " holes \(dilation)" : "")
    }
  }

  static let layers = [
    Layer(network: .p17, side: 5, inputs: 128, outputs: 256, dilation: 1, batch: 4, window: 24),
    Layer(network: .p17, side: 5, inputs: 256, outputs: 256, dilation: 1, batch: 4, window: 20),
    Layer(network: .p17, side: 4, inputs: 256, outputs: 128, dilation: 1, batch: 4, window: 17),
    Layer(network: .p33, side: 5, inputs: 128, outputs: 256, dilation: 2, batch: 4, window: 42),
    Layer(network: .p33, side: 4, inputs: 256, outputs: 128, dilation: 4, batch: 4, window: 17),
    Layer(network: .p65, side: 5, inputs: 128, outputs: 128, dilation: 2, batch: 4, window: 56),
    Layer(network: .p65, side: 5, inputs: 128, outputs: 256, dilation: 4, batch: 4, window: 24),
    Layer(network: .p65, side: 4, inputs: 256, outputs: 256, dilation: 8, batch: 4, window: 9),
  ]

  static func main() throws {
    Runtime.keepFreedMemory()
    print("\(Runtime.threads) threads, libtorch \(Runtime.libtorchVersion)")
    print("\nan image of 256 × 256, every pixel")
    for layer in layers { try infer(layer) }
    print("\na training step, with gradients")
    for layer in layers { try learn(layer) }
  }

  static func infer(_ layer: Layer) throws {
    let side = 256 + (layer.side - 1) * layer.dilation
    let (weight, bias) = try parameters(of: layer)
    let image = try Tensor.normal(shape: [1, layer.inputs, side, side], seed: 3).channelsLast()
    guard let filter = try MinimalFilter(weight: weight, bias: bias) else {
      throw Disagreement(description: "no kernel for \(layer.named(layer.dilation))")
    }
    let direct = {
      try image.convolved(with: weight, bias: bias, dilation: layer.dilation)
        .leakyReLU(slope: 0.005)
    }
    let minimal = { try filter(image, dilation: layer.dilation, slope: 0.005) }
    try withoutGradients {
      try check(direct(), minimal())
      let products = 2e-9 * Double(layer.side * layer.side * layer.inputs * layer.outputs)
      try compare(
        layer.named(layer.dilation), { _ = try direct() }, { _ = try minimal() },
        gigaflop: products * 65536)
    }
  }

  static func learn(_ layer: Layer) throws {
    let side = layer.window + layer.side - 1
    let (weight, bias) = try parameters(of: layer)
    let learnt = try [weight.parameter(), bias.parameter()]
    let image = try Tensor.normal(shape: [layer.batch, layer.inputs, side, side], seed: 3)
      .channelsLast().parameter()
    let gradients = { (output: Tensor) in
      try output.squared().mean().gradients(for: [image] + learnt)
    }
    let direct = {
      try gradients(image.convolved(with: learnt[0], bias: learnt[1]).leakyReLU(slope: 0.005))
    }
    let minimal = {
      try gradients(image.minimallyConvolved(with: learnt[0], bias: learnt[1], slope: 0.005))
    }
    try check(direct()[2], minimal()[2])
    let products = 2e-9 * Double(layer.side * layer.side * layer.inputs * layer.outputs)
    try compare(
      layer.named(1), { _ = try direct() }, { _ = try minimal() },
      gigaflop: 3 * products * Double(layer.batch * layer.window * layer.window))
  }

  static func parameters(of layer: Layer) throws -> (weight: Tensor, bias: Tensor) {
    let deviation = (2 / Double(layer.inputs * layer.side * layer.side)).squareRoot()
    let shape = [layer.outputs, layer.inputs, layer.side, layer.side]
    return (
      try (Tensor.normal(shape: shape, seed: 1) * deviation).channelsLast(),
      try Tensor.normal(shape: [layer.outputs], seed: 2)
    )
  }

  /// Times both turn about, so that they meet the same machine.
  static func compare(
    _ name: String, _ direct: () throws -> Void, _ minimal: () throws -> Void, gigaflop: Double
  ) throws {
    var (directTimes, minimalTimes): ([Double], [Double]) = ([], [])
    for _ in 0..<7 {
      directTimes.append(try seconds(direct))
      minimalTimes.append(try seconds(minimal))
    }
    let (slow, fast) = (directTimes.sorted()[3], minimalTimes.sorted()[3])
    print(
      name.padding(toLength: 24, withPad: " ", startingAt: 0)
        + String(
          format: "libtorch %7.1f ms (%4.0f GFLOP/s)   minimal %7.1f ms   %.2f times as fast",
          slow * 1000, gigaflop / slow, fast * 1000, slow / fast))
  }

  static func check(_ direct: Tensor, _ minimal: Tensor) throws {
    let error = try (direct - minimal).magnitude().largest().scalar()
    let spread = try direct.squared().mean().squareRoot().scalar()
    guard error < 1e-3 * spread else {
      throw Disagreement(description: "results differ by \(error) of \(spread)")
    }
  }

  static func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

/// Results that must be the same, and are not.
struct Disagreement: Error, CustomStringConvertible {
  let description: String
}
