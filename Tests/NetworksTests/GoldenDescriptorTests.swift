import Foundation
import Networks
import Tensors
import TestSupport
import Testing

private struct Values: Decodable {
  struct Case: Decodable {
    let side: Int
    let descriptors: [Double]
    let gradientNorms: [Double]
    let gradients: [[Double]]
    let losses: [Double]
    let weightsAfter: [[Double]]
  }
  let cases: [Case]
}

/// The numbers of `Tests/Golden/networks/make_descriptors.py`.
private func sines(_ count: Int, _ number: Int, scale: Double = 1) -> [Float] {
  (0..<count).map { Float(sin(0.37 * Double($0) + Double(number)) * scale) }
}

private func network(_ field: ReceptiveField) throws -> PatchDescriptor {
  let shapes = try PatchDescriptor(field, seed: 0).convolutions.map(\.weight.shape)
  var tensors: [String: Tensor] = [:]
  for (index, shape) in shapes.enumerated() {
    let fanIn = shape.dropFirst().reduce(1, *)
    tensors["conv\(index + 1).weight"] = try Tensor(
      shape: shape,
      scalars: sines(shape[0] * fanIn, 2 * index, scale: (2 / Double(fanIn)).squareRoot()))
    tensors["conv\(index + 1).bias"] = try Tensor(
      shape: [shape[0]], scalars: sines(shape[0], 2 * index + 1, scale: 0.1))
  }
  return try PatchDescriptor(field, tensors)
}

@Suite(.serialized) struct `Patch descriptors of PyTorch` {
  /// Sums of up to 6,400 products in another order, four or five layers deep.
  @Test func `are met, with their gradients and ten steps of Adam`() throws {
    for expected in try Golden.read(Values.self, "networks/descriptors.json").cases {
      let field = try #require(ReceptiveField(rawValue: expected.side))
      let side = expected.side
      let patches = try Tensor(
        shape: [2, 3, side, side],
        scalars: (0..<2 * 3 * side * side).map { Float(0.5 + 0.5 * sin(0.011 * Double($0))) })
      let target = try Tensor(shape: [2, 128], scalars: sines(256, 5))
      let network = try network(field).map { try $0.parameter() }
      let scale = slowDeviation(expected.descriptors)
      try expectClose(
        network.describe(patches: patches).doubles(), expected.descriptors, relative: 1e-4,
        absolute: 1e-4 * scale)

      let adam = try Adam(network.parameters, .init(learningRate: 1e-5, weightDecay: 1e-2))
      for (step, loss) in expected.losses.enumerated() {
        let own = try (network.describe(patches: patches) - target).squared().sum(over: [1])
          .mean()
        let gradients = try own.gradients(for: network.parameters)
        if step == 0 { try check(gradients, expected) }
        #expect(abs(Double(try own.scalar()) - loss) < 2e-3 * abs(loss) + 1e-3, "step \(step)")
        try adam.step(gradients)
      }
      for (weights, after) in zip(network.parameters, expected.weightsAfter) {
        // Adam moves each weight by about a hundred-thousandth a step, whatever its gradient's rounding.
        try expectClose(
          Array(weights.contiguous().doubles().prefix(8)), after, relative: 1e-5, absolute: 1e-5)
      }
    }
  }

  private func check(_ gradients: [Tensor], _ expected: Values.Case) throws {
    for (number, gradient) in gradients.enumerated() {
      let values = try gradient.contiguous().doubles()
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let expectedNorm = expected.gradientNorms[number]
      // At the edge of a rectifier or a pool, rounding decides which way a gradient goes: with
      // PyTorch in 64 bits, noise of 10⁻⁵ of each layer's spread moves norms by up to 8 · 10⁻³.
      #expect(abs(norm - expectedNorm) < 3e-3 * expectedNorm, "tensor \(number)")
      let typical = expectedNorm / Double(values.count).squareRoot()
      try expectClose(
        Array(values.prefix(8)), expected.gradients[number], relative: 1e-3,
        absolute: 1e-2 * typical)
    }
  }
}
