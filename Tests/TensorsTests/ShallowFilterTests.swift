import Tensors
import TestSupport
import Testing

/// Against the convolution, the rectifier and the pool one after the other, in 64 bits.
@Suite struct `Shallow convolutions` {
  @Test(arguments: [1, 5, 6], [nil, 1, 2])
  func `give what convolution, rectifier and pool give`(side: Int, pool: Int?) throws {
    // Lines that blocks of pixels do not cover evenly, and more lines than one thread takes at once.
    for (height, width) in [(side + 1, side + 1), (side + 36, side + 30)] {
      let images = try Tensor.normal(shape: [2, 3, height, width], seed: 1)
      let weight = try Tensor.normal(shape: [64, 3, side, side], seed: 2)
      let bias = try Tensor.normal(shape: [64], seed: 3)
      var expected = try images.to(.float64)
        .convolved(with: weight.to(.float64), bias: bias.to(.float64)).leakyReLU(slope: 0.005)
      if let pool { expected = try expected.maxPooled(kernel: 2, stride: pool) }
      for instructions in 0..<MinimalFilter.instructionSets {
        let filter = try #require(
          try ShallowFilter(weight: weight, bias: bias, instructions: instructions))
        let actual = try filter(images, slope: 0.005, pool: pool)
        try expectClose(actual.to(.float64), expected, relative: 1e-5, absolute: 1e-5)
      }
    }
  }

  @Test(arguments: [1, 5, 6], [false, true])
  func `learn as convolution, rectifier and pool do`(side: Int, isPooled: Bool) throws {
    // Odd and even numbers of lines, and more of them than are added up together.
    for (height, width) in [(side + 1, side + 2), (side + 36, side + 30)] {
      let images = try Tensor.normal(shape: [2, 3, height, width], seed: 1)
      let weight = try Tensor.normal(shape: [64, 3, side, side], seed: 2).parameter()
      let bias = try Tensor.normal(shape: [64], seed: 3).parameter()
      let exact = try [weight, bias].map { try $0.detached().to(.float64).parameter() }
      var expected = try images.to(.float64).convolved(with: exact[0], bias: exact[1])
        .leakyReLU(slope: 0.1)
      if isPooled { expected = try expected.maxPooled(kernel: 2, stride: 2) }
      // Each output has a weight of its own.
      let weights = try Tensor.normal(shape: expected.shape, seed: 4)
      let wanted = try (expected * weights.to(.float64)).sum().gradients(for: exact)
      for instructions in 0..<MinimalFilter.instructionSets {
        let actual = try images.shallowlyConvolved(
          with: weight, bias: bias, slope: 0.1, pooled: isPooled, instructions: instructions)
        try expectClose(actual.detached().to(.float64), expected, relative: 1e-5, absolute: 1e-5)
        let gradients = try (actual * weights).sum().gradients(for: [weight, bias])
        for (gradient, wanted) in zip(gradients, wanted) {
          try expectClose(gradient.to(.float64), wanted, relative: 1e-4, absolute: 1e-3)
        }
      }
    }
  }

  @Test func `let gradients of images pass as well`() throws {
    let images = try Tensor.normal(shape: [1, 3, 9, 9], seed: 1).parameter()
    let weight = try Tensor.normal(shape: [32, 3, 5, 5], seed: 2)
    let bias = try Tensor(repeating: 0, shape: [32])
    let actual = try images.shallowlyConvolved(with: weight, bias: bias, slope: 0.1, pooled: true)
    let expected = try images.convolved(with: weight, bias: bias).leakyReLU(slope: 0.1)
      .maxPooled(kernel: 2, stride: 2)
    let gradient = { (output: Tensor) in try output.sum().gradients(for: [images])[0] }
    try expectClose(gradient(actual), gradient(expected), relative: 1e-4, absolute: 1e-4)
  }

  @Test func `are for few channels, and for images as large as the filter`() throws {
    let bias = try Tensor(repeating: 0, shape: [32])
    let deep = try Tensor(repeating: 1, shape: [32, 8, 5, 5])
    #expect(try ShallowFilter(weight: deep, bias: bias) == nil)
    let filter = try #require(
      try ShallowFilter(weight: Tensor(repeating: 1, shape: [32, 3, 5, 5]), bias: bias))
    let image = { (side: Int) in try Tensor(repeating: 1, shape: [1, 3, side, side]) }
    #expect(try filter(image(5)).shape == [1, 32, 1, 1])
    #expect(throws: TensorError.self) { try filter(image(4)) }
    #expect(throws: TensorError.self) { try filter(image(5), pool: 1) }
    #expect(throws: TensorError.self) { try filter(Tensor(repeating: 1, shape: [1, 4, 9, 9])) }
  }
}
