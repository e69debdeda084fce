import Tensors
import TestSupport
import Testing

/// Against the convolution by its definition, in 64 bits, whose outputs have unit variance here.
@Suite struct `Minimal filtering` {
  /// Images that tiles do not cover evenly, and weights that keep unit variance.
  private struct Example {
    let images: Tensor
    let weight: Tensor
    let bias: Tensor

    init(
      side: Int, dilation: Int, inputs: Int = 64, outputs: Int = 128, height: Int = 11,
      width: Int = 13
    ) throws {
      let extent = (side - 1) * dilation
      images = try Tensor.normal(shape: [2, inputs, height + extent, width + extent], seed: 1)
      let deviation = 1 / Double(inputs * side * side).squareRoot()
      weight = try Tensor.normal(shape: [outputs, inputs, side, side], seed: 2) * deviation
      bias = try Tensor.normal(shape: [outputs], seed: 3)
    }

    /// The convolution and its leaky rectifier, in 64 bits.
    func expected(padding: Int = 0, dilation: Int, slope: Double) throws -> Tensor {
      try images.to(.float64)
        .convolved(
          with: weight.to(.float64), bias: bias.to(.float64), padding: padding, dilation: dilation
        )
        .leakyReLU(slope: slope)
    }
  }

  @Test(arguments: [2, 3, 4, 5, 6], [1, 2, 4])
  func `gives what the convolution gives`(side: Int, dilation: Int) throws {
    try check(Example(side: side, dilation: dilation), dilation: dilation)
  }

  /// So many tiles that they do not fit one block, nor fill the last one.
  @Test(arguments: [1, 2]) func `goes through blocks of tiles`(dilation: Int) throws {
    try check(
      Example(side: 5, dilation: dilation, height: 67, width: 81), dilation: dilation)
  }

  /// By the instructions of every set that this processor has.
  private func check(_ example: Example, dilation: Int) throws {
    let expected = try example.expected(dilation: dilation, slope: 0.005)
    for instructions in 0..<MinimalFilter.instructionSets {
      let filter = try #require(
        try MinimalFilter(
          weight: example.weight, bias: example.bias, instructions: instructions))
      let actual = try filter(example.images, dilation: dilation, slope: 0.005)
      try expectClose(actual.to(.float64), expected, relative: 0, absolute: 7e-4)
    }
  }

  @Test(arguments: [1, 3]) func `sees zeros around the images`(padding: Int) throws {
    let example = try Example(side: 3, dilation: 2)
    let filter = try #require(try MinimalFilter(weight: example.weight, bias: example.bias))
    let actual = try filter(example.images, padding: padding, dilation: 2, slope: 0)
    let expected = try example.expected(padding: padding, dilation: 2, slope: 0)
    try expectClose(actual.to(.float64), expected, relative: 0, absolute: 7e-4)
    #expect(throws: TensorError.self) { try filter(example.images, padding: -1) }
  }

  /// The bias keeps all outputs off the edge of the rectifier, where rounding decides the slope.
  @Test(arguments: [2, 3, 4, 5, 6], [1, 2])
  func `gives the gradients of the convolution`(side: Int, dilation: Int) throws {
    try checkGradients(Example(side: side, dilation: dilation), dilation: dilation)
  }

  /// Tiles of every size that there are kernels for: 8, 10 and 11 pixels.
  @Test(arguments: [4, 5, 6], [8, 10, 11])
  func `gives gradients on tiles of every size`(side: Int, tile: Int) throws {
    let length = 2 * (tile + 1 - side)
    try checkGradients(
      Example(side: side, dilation: 1, outputs: 64, height: length, width: length), dilation: 1)
  }

  /// By the instructions of every set that this processor has.
  private func checkGradients(_ example: Example, dilation: Int) throws {
    let signs = (0..<example.weight.shape[0]).map { Float($0 % 3 == 0 ? -12 : 12) }
    let bias = try Tensor(shape: [signs.count], scalars: signs)
    let slope = 0.25
    let learnt = try [example.images, example.weight, bias].map { try $0.parameter() }
    let exact = try [example.images, example.weight, bias].map {
      try $0.to(.float64).parameter()
    }
    let expected = try exact[0].convolved(with: exact[1], bias: exact[2], dilation: dilation)
      .leakyReLU(slope: slope)
    let weights = try Tensor.normal(shape: expected.shape, seed: 4)
    let references = try (expected * weights.to(.float64)).mean().gradients(for: exact)
    for instructions in 0..<MinimalFilter.instructionSets {
      let output = try learnt[0].minimallyConvolved(
        with: learnt[1], bias: learnt[2], dilation: dilation, slope: slope,
        instructions: instructions)
      try expectClose(
        output.detached().to(.float64), expected.detached(), relative: 1e-4, absolute: 7e-4)
      let gradients = try (output * weights).mean().gradients(for: learnt)
      for (gradient, reference) in zip(gradients, references) {
        let spread = try Double(reference.squared().mean().squareRoot().scalar())
        try expectClose(gradient.to(.float64), reference, relative: 0, absolute: 1e-3 * spread)
      }
    }
  }

  @Test func `takes no filters that it has no kernel for`() throws {
    let bias = try Tensor(repeating: 0, shape: [64])
    for shape in [
      [64, 64, 1, 1], [64, 64, 7, 7], [64, 3, 5, 5], [50, 64, 5, 5], [96, 64, 5, 5],
      [64, 64, 5, 4],
    ] {
      let weight = try Tensor(repeating: 0, shape: shape)
      #expect(!MinimalFilter.fits(weight))
      #expect(try MinimalFilter(weight: weight, bias: bias) == nil)
    }
    #expect(!MinimalFilter.fits(try Tensor(repeating: 0, shape: [64, 64, 5, 5]).to(.float64)))
  }

  @Test func `pays for large outputs only`() {
    let products = { (side: Int, taps: Int, dilation: Int, learning: Bool) in
      MinimalFilter.products(
        height: side, width: side, side: taps, dilation: dilation, learning: learning)
    }
    #expect(products(252, 5, 1, false) == 36 * 36 * 121)
    #expect(products(21, 4, 1, false) == 9 * 121)
    #expect(products(1, 4, 1, false) == nil)
    #expect(products(9, 5, 4, false) == nil)
    // Outputs that tiles of four or six fit without waste.
    #expect(products(8, 5, 1, true) == 4 * 64)
    #expect(products(12, 5, 1, true) == 4 * 100)
    #expect(products(14, 5, 1, true) == 4 * 121)
  }

  @Test func `refuses images smaller than the filter`() throws {
    let example = try Example(side: 5, dilation: 1)
    let filter = try #require(try MinimalFilter(weight: example.weight, bias: example.bias))
    let small = try example.images.slice(2, from: 0, length: 4)
    #expect(throws: TensorError.self) { try filter(small) }
    #expect(throws: TensorError.self) {
      try small.minimallyConvolved(with: example.weight, bias: example.bias)
    }
  }
}
