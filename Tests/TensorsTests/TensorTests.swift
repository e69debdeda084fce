import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct `Tensors` {
  /// Blocks of freed memory that others take must not be theirs yet.
  @Test func `keep their numbers while memory is used again`() throws {
    Runtime.keepFreedMemory()
    var kept: [(number: Float, tensor: Tensor)] = []
    for round in 0..<60 {
      // Between half a mebibyte and nine: of the heap, and blocks of many sizes.
      let count = (1 + round * 7 % 18) << 17
      kept.append((Float(round), try Tensor(repeating: Double(round), shape: [count])))
      if round % 3 > 0 { kept.remove(at: round * 5 % kept.count) }
      for (number, tensor) in kept {
        #expect(try tensor.smallest().scalar() == number)
        #expect(try tensor.largest().scalar() == number)
      }
    }
  }

  /// ⟨conv(x), y⟩ = ⟨x, spread(y)⟩ for every x and y.
  @Test func `spread pixels as the adjoint of a convolution`() throws {
    let weight = try Tensor.normal(shape: [5, 3, 4, 4], seed: 1)
    let none = try Tensor(repeating: 0, shape: [3])
    let x = try Tensor.normal(shape: [2, 3, 8, 8], seed: 2)
    let y = try Tensor.normal(shape: [2, 5, 4, 4], seed: 3)
    let gathered = try (x.convolved(with: weight, stride: 2, padding: 1) * y).sum().scalar()
    let spread = try (y.spread(by: weight, bias: none, stride: 2, padding: 1) * x).sum().scalar()
    #expect(abs(gathered - spread) < 1e-3 * abs(gathered))
  }

  /// Side by side, far apart, and where sizes are odd; a gradient goes to the first of equals.
  @Test(arguments: [(2, 1), (1, 1), (1, 2), (1, 4)], [(8, 3), (9, 8)])
  func `keep the largest of pixels in pairs`(
    pool: (stride: Int, dilation: Int), images size: (width: Int, channels: Int)
  ) throws {
    let (stride, dilation) = pool
    let (width, channels) = size
    let height = 9
    let images = try Tensor(
      shape: [2, channels, height, width],
      scalars: (0..<2 * channels * height * width).map { Float(($0 * 37) % 11) })
    let numbers = try images.scalars()
    let (rows, columns) = (
      (height - dilation - 1) / stride + 1, (width - dilation - 1) / stride + 1
    )
    var expected: [Float] = []
    var counts = [Float](repeating: 0, count: numbers.count)
    for plane in 0..<2 * channels {
      for row in 0..<rows {
        for column in 0..<columns {
          let corner = (plane * height + row * stride) * width + column * stride
          let window = [
            corner, corner + dilation, corner + dilation * width, corner + dilation * (width + 1),
          ]
          let most = window.map { numbers[$0] }.max() ?? 0
          expected.append(most)
          if let first = window.first(where: { numbers[$0] == most }) { counts[first] += 1 }
        }
      }
    }
    let pooled = try images.maxPooled(kernel: 2, stride: stride, dilation: dilation)
    #expect(pooled.shape == [2, channels, rows, columns])
    #expect(try pooled.scalars() == expected)
    let learnt = try images.parameter()
    let output = try learnt.maxPooled(kernel: 2, stride: stride, dilation: dilation)
    #expect(try output.scalars() == expected)
    #expect(try output.sum().gradients(for: [learnt])[0].scalars() == counts)
    #expect(throws: TensorError.self) {
      try images.maxPooled(kernel: 2, stride: stride, dilation: 9)
    }
  }

  @Test func `that are no numbers stay so in pools`() throws {
    for place in 0..<4 {
      var numbers: [Float] = [1, 2, 3, 4]
      numbers[place] = .nan
      let pooled = try Tensor(shape: [1, 1, 2, 2], scalars: numbers).maxPooled(kernel: 2, stride: 2)
      #expect(try pooled.scalar().isNaN)
    }
  }

  @Test func `normalise batches by their own statistics or by learnt ones`() throws {
    let images = try Tensor.normal(shape: [3, 2, 4, 4], seed: 1) * 2 + 5
    let channel = { (numbers: [Float]) in try Tensor(shape: [2], scalars: numbers) }
    let (scale, shift) = (try channel([2, 3]), try channel([1, -1]))
    let (mean, variance) = (try channel([4, 4]), try channel([9, 9]))
    let column = { (tensor: Tensor) in try tensor.reshaped([1, 2, 1, 1]) }
    let normalized = { (mean: Tensor, variance: Tensor) in
      try (images - column(mean)) / (column(variance) + 1e-5).squareRoot() * column(scale)
        + column(shift)
    }
    let known = try images.batchNormalized(
      scale: scale, shift: shift, mean: mean, variance: variance, learning: false)
    try expectClose(known, normalized(mean, variance), absolute: 1e-5)
    let ownMean = try images.mean(over: [0, 2, 3])
    let ownVariance = try (images - column(ownMean)).squared().mean(over: [0, 2, 3])
    let learnt = try images.batchNormalized(
      scale: scale, shift: shift, mean: mean, variance: variance, learning: true)
    try expectClose(learnt, normalized(ownMean, ownVariance), absolute: 1e-4)
    try expectClose(mean, ownMean * 0.1 + 4 * 0.9)
    // The running variance is that of a sample: over one pixel less.
    try expectClose(variance, ownVariance * (0.1 * 48 / 47) + 9 * 0.9)
  }

  @Test func `squash numbers as their formulas say`() throws {
    let numbers: [Float] = [-30, -2, -0.5, 0, 0.5, 2, 30]
    let tensor = try Tensor(shape: [7], scalars: numbers)
    let doubles = numbers.map(Double.init)
    try expectClose(tensor.hyperbolicTangent().doubles(), doubles.map { tanh($0) })
    try expectClose(tensor.sigmoid().doubles(), doubles.map { 1 / (1 + exp(-$0)) })
    try expectClose(tensor.softplus().doubles(), doubles.map { log1p(exp($0)) })
  }

  @Test func `turn libtorch's exceptions into errors with its message`() throws {
    let a = try Tensor(repeating: 1, shape: [2, 3])
    #expect { try a.matrixProduct(a) } throws: { error in
      error is TensorError && "\(error)".contains("2x3")
    }
    #expect(throws: TensorError.self) { try a.reshaped([7]) }
    #expect(throws: TensorError.self) { try a.slice(1, from: 2, length: 5) }
    #expect(throws: TensorError.self) {
      try Tensor(repeating: 1, shape: [1, 1, 4, 4])
        .padded(.reflection, left: 4, right: 0, top: 0, bottom: 0)
    }
  }

  @Test func `draw the same numbers for the same seed`() throws {
    let draw = { (seed: UInt64) in try Tensor.normal(shape: [1000], seed: seed).doubles() }
    #expect(try draw(1) == draw(1))
    #expect(try draw(1) != draw(2))
    let numbers = try Tensor.normal(shape: [100_000], seed: 3).doubles()
    // Four deviations of a mean and of a deviation of so many draws.
    #expect(abs(slowMean(numbers)) < 0.013)
    #expect(abs(slowDeviation(numbers) - 1) < 0.009)
    let uniform = try Tensor.uniform(shape: [100_000], seed: 3).doubles()
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(slowMean(uniform) - 0.5) < 0.004)
  }

  @Test func `keep their numbers through other types`() throws {
    let values: [Float] = [0, 1, -2, 0.5, 1024]
    let tensor = try Tensor(shape: [5], scalars: values)
    for type in [ScalarType.float32, .float64, .float16, .bfloat16] {
      let converted = try tensor.to(type)
      #expect(converted.type == type)
      #expect(try converted.bytes().count == 5 * type.size)
      #expect(try converted.scalars() == values)
    }
    #expect(try Tensor(shape: [2], doubles: [1e-9 + 1, 2]).doubles()[0] == 1e-9 + 1)
  }

  /// Whatever the order in memory, elements come out row by row.
  @Test func `come out in row-major order`() throws {
    let tensor = try Tensor(shape: [1, 2, 2, 2], scalars: (0..<8).map(Float.init))
    #expect(try tensor.channelsLast().scalars() == (0..<8).map(Float.init))
    #expect(try tensor.permuted([0, 2, 3, 1]).scalars() == [0, 4, 1, 5, 2, 6, 3, 7])
    #expect(try tensor.slice(3, from: 0, length: 1, step: 2).scalars() == [0, 2, 4, 6])
  }

  @Test func `know gradients, and live without them`() throws {
    let weight = try Tensor(shape: [2], scalars: [3, -1]).parameter()
    // d/dw Σ (w² · 2) = 4 w.
    let loss = try (weight.squared() * 2).sum()
    #expect(try loss.gradients(for: [weight])[0].scalars() == [12, -4])
    let frozen = try withoutGradients { try (weight.squared() * 2).sum() }
    #expect(throws: TensorError.self) { try frozen.gradients(for: [weight]) }
  }

  @Test func `find what is not finite`() throws {
    #expect(try Tensor(shape: [2], scalars: [1, 2]).isFinite())
    #expect(try !Tensor(shape: [2], scalars: [1, .nan]).isFinite())
    #expect(try !Tensor(shape: [2], scalars: [1, .infinity]).isFinite())
  }
}

@Suite struct `Operations on images` {
  /// A valid convolution, written out.
  @Test(arguments: [1, 2, 3]) func `convolve with holes`(dilation: Int) throws {
    let (height, width, kernel) = (9, 8, 2)
    let input = try Tensor.normal(shape: [1, 3, height, width], seed: 1)
    let weight = try Tensor.normal(shape: [2, 3, kernel, kernel], seed: 2)
    let bias = try Tensor.normal(shape: [2], seed: 3)
    let output = try input.convolved(with: weight, bias: bias, dilation: dilation)
    let (x, w, b) = try (input.doubles(), weight.doubles(), bias.doubles())
    let (rows, columns) = (height - dilation, width - dilation)
    var expected: [Double] = []
    for channel in 0..<2 {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = b[channel]
          for c in 0..<3 {
            for i in 0..<kernel {
              for j in 0..<kernel {
                let pixel = (c * height + row + i * dilation) * width + column + j * dilation
                sum += x[pixel] * w[((channel * 3 + c) * kernel + i) * kernel + j]
              }
            }
          }
          expected.append(sum)
        }
      }
    }
    #expect(output.shape == [1, 2, rows, columns])
    try expectClose(output.doubles(), expected, relative: 1e-5, absolute: 1e-5)
  }

  @Test func `pool, pad and enlarge as one can count by hand`() throws {
    let image = try Tensor(shape: [1, 1, 2, 3], scalars: [1, 5, 2, 4, 3, 6])
    #expect(try image.maxPooled(kernel: 2, stride: 1).scalars() == [5, 6])
    let mirrored = try image.padded(.reflection, left: 2, right: 1, top: 1, bottom: 0)
    #expect(
      try mirrored.scalars() == [6, 3, 4, 3, 6, 3, 2, 5, 1, 5, 2, 5, 6, 3, 4, 3, 6, 3])
    let repeated = try image.padded(.replication, left: 1, right: 0, top: 0, bottom: 1)
    #expect(try repeated.scalars() == [1, 1, 5, 2, 4, 4, 3, 6, 4, 4, 3, 6])
    let row = try Tensor(shape: [1, 1, 1, 2], scalars: [0, 4])
    #expect(try row.resized(height: 1, width: 5, .bilinearCorners).scalars() == [0, 1, 2, 3, 4])
    #expect(try row.resized(height: 1, width: 4, .bilinear).scalars() == [0, 1, 3, 4])
  }
}
