import Testing

@testable import Tensors

@Suite struct `Adam with weight decay in the gradient` {
  /// A hundred steps keep the memory that the process holds flat.
  @Test func `frees what each step makes`() throws {
    let weight = try Tensor.normal(shape: [2048, 2048], seed: 1).parameter()
    let adam = try Adam([weight], .init(learningRate: 1e-4, weightDecay: 1e-5))
    let input = try Tensor.normal(shape: [64, 2048], seed: 2)
    func train(steps: Int) throws {
      for _ in 0..<steps {
        try adam.step(input.matrixProduct(weight).squared().mean().gradients(for: [weight]))
      }
    }
    try train(steps: 20)
    let before = Runtime.residentBytes
    try train(steps: 100)
    // One leaked gradient a step would be 1.7 GB; other tests run beside this one.
    #expect(Runtime.residentBytes - before < 900_000_000)
  }

  @Test func `takes gradients that lie in memory otherwise than the weights`() throws {
    let weights = try Tensor.normal(shape: [4, 3, 5, 5], seed: 1)
    let gradient = try Tensor.normal(shape: [4, 3, 5, 5], seed: 2)
    let moved = try [gradient, gradient.channelsLast()].map { gradient in
      let weight = try weights.copy()
      let adam = try Adam([weight], .init(learningRate: 0.1, weightDecay: 0))
      try adam.step([gradient])
      return try weight.scalars()
    }
    #expect(moved[0] == moved[1])
    #expect(try moved[0] != weights.scalars())
  }
}
