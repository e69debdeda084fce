import Networks
import Tensors
import TestSupport
import Testing

@Suite struct `Layered networks` {
  private let layers: [LayeredNetwork.Layer] = [
    .gather(6, 4, stride: 2, padding: 1).normalized.then(.leakyReLU(slope: 0.2)),
    .spread(2, 4, stride: 2, padding: 1).then(.sigmoid),
  ]

  @Test func `do what their layers say`() throws {
    let network = try LayeredNetwork(layers, inputs: 3, seed: 1)
    let images = try Tensor.normal(shape: [2, 3, 8, 8], seed: 2)
    let tensors = network.tensors("n")
    let tensor = { (name: String) in try #require(tensors["n.\(name)"]) }
    // Random weights are not normalised by anything yet but a variance of 1.
    let gathered = try images.convolved(
      with: tensor("0.weight"), bias: tensor("0.bias"), stride: 2, padding: 1)
    let normalized = try (gathered / (1 + 1e-5).squareRoot()).leakyReLU(slope: 0.2)
    let expected = try normalized.spread(
      by: tensor("1.weight"), bias: tensor("1.bias"), stride: 2, padding: 1
    ).sigmoid()
    try expectClose(network(images), expected)
    #expect(try network(images, layers: 1).shape == [2, 6, 4, 4])
  }

  @Test func `learn statistics of batches in place, copies apart`() throws {
    let network = try LayeredNetwork(layers, inputs: 3, seed: 1).learning(on: .cpu)
    let frozen = try network.frozen()
    let images = try Tensor.normal(shape: [4, 3, 8, 8], seed: 2) + 1
    let before = try frozen(images)
    _ = try network(images, learning: true)
    try expectClose(frozen(images), before)
    #expect(try network(images).scalars() != before.scalars())
    #expect(network.parameters.count == 6 && network.statistics.count == 2)
    let gradients = try network(images, learning: true).sum().gradients(for: network.parameters)
    #expect(gradients.map(\.shape) == network.parameters.map(\.shape))
  }

  @Test func `come back from their tensors`() throws {
    let network = try LayeredNetwork(layers, inputs: 3, seed: 1)
    let tensors = network.tensors("n")
    #expect(tensors.count == 8)
    let images = try Tensor.normal(shape: [1, 3, 8, 8], seed: 2)
    let read = try LayeredNetwork(layers, inputs: 3, "n") { name, shape in
      let tensor = try #require(tensors[name])
      #expect(tensor.shape == shape)
      return tensor
    }
    #expect(try read(images).scalars() == network(images).scalars())
  }

  /// Variance through eight layers of either kind: neither vanishing nor exploding.
  @Test func `keep the size of the signal`() throws {
    let leaky = LayeredNetwork.Layer.Activation.leakyReLU(slope: 0)
    for layer in [
      LayeredNetwork.Layer.gather(32, 3, padding: 1), .spread(32, 3, padding: 1),
    ] {
      let network = try LayeredNetwork(
        Array(repeating: layer.then(leaky), count: 8), inputs: 32, seed: 3)
      let images = try Tensor.normal(shape: [1, 32, 16, 16], seed: 4)
      let squares = try network(images).squared().mean().scalar()
      #expect(squares > 0.05 && squares < 5, "\(squares)")
    }
  }
}
