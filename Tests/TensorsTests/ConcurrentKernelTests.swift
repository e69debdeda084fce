import TestSupport
import Testing

@testable import Tensors

/// Kernels that several threads call, each of which shares its work among more; the thread sanitizer
/// runs these tests too.
@Suite struct `Kernels at the same time` {
  private let bias: Tensor
  private let deep: Tensor
  private let colors: Tensor

  init() throws {
    bias = try Tensor.normal(shape: [64], seed: 1)
    deep = try Tensor.normal(shape: [2, 64, 41, 37], seed: 2)
    colors = try Tensor.normal(shape: [2, 3, 37, 41], seed: 3)
  }

  @Test func `filter images with filters that are shared`() async throws {
    let sets = MinimalFilter.instructionSets
    let filters = try (0..<sets).map { set in
      let weight = try Tensor.normal(shape: [64, 64, 5, 5], seed: 4)
      return try #require(try MinimalFilter(weight: weight, bias: bias, instructions: set))
    }
    let shallow = try (0..<sets).map { set in
      let weight = try Tensor.normal(shape: [64, 3, 5, 5], seed: 5)
      return try #require(try ShallowFilter(weight: weight, bias: bias, instructions: set))
    }
    try await expectSameTogether(2 * sets) { [deep, colors] number in
      number < sets
        ? try filters[number](deep, padding: 1, dilation: 2, slope: 0.1).scalars()
        : try shallow[number - sets](colors, slope: 0.1, pool: 2).scalars()
    }
  }

  @Test func `learn from images that are shared`() async throws {
    let weights = try [
      Tensor.normal(shape: [64, 64, 3, 3], seed: 4), .normal(shape: [64, 3, 5, 5], seed: 5),
    ]
    try await expectSameTogether(2, times: 2) { [deep, colors, bias] number in
      let learnt = try [weights[number], bias].map { try $0.parameter() }
      let output =
        number == 0
        ? try deep.minimallyConvolved(with: learnt[0], bias: learnt[1], slope: 0.1)
        : try colors.shallowlyConvolved(
          with: learnt[0], bias: learnt[1], slope: 0.1, pooled: true)
      return try output.maxPooled(kernel: 2, stride: 2).squared().mean().gradients(for: learnt)
        .flatMap { try $0.scalars() }
    }
  }

  @Test func `compare samples`() async throws {
    let samples = try (0..<3).map { try Tensor.normal(shape: [2, 20, 7, 5], seed: UInt64($0)) }
    let target = try Tensor.normal(shape: [2, 20, 7, 5], seed: 9)
    let (mean, deviation) = try (
      Tensor.normal(shape: [1, 20, 1, 1], seed: 10), Tensor(repeating: 2, shape: [1, 20, 1, 1])
    )
    @Sendable func distances(usesKernels: Bool) throws -> Tensor {
      let distances = try BiasAndVariance(
        ofSamples: 3, shape: [2, 20, 7, 5], on: .cpu, usesKernels: usesKernels)
      // Some rows at a time, of which the last are fewer.
      for (row, length) in [(0, 3), (3, 3), (6, 1)] {
        for (number, sample) in samples.enumerated() {
          try distances.add(
            sample.slice(2, from: row, length: length), from: row, ofSample: number)
        }
        try distances.compare(
          withTarget: target.slice(2, from: row, length: length), from: row, mean: mean,
          deviation: deviation)
      }
      return distances.values
    }
    try await expectSameTogether(2) { _ in try distances(usesKernels: true).scalars() }
    try expectClose(distances(usesKernels: true), distances(usesKernels: false), absolute: 1e-5)
  }

  @Test func `take memory that is kept`() async throws {
    Runtime.keepFreedMemory()
    try await expectSameTogether(8) { number in
      // Some below and some above what is kept.
      let tensor = try Tensor(repeating: Double(number), shape: [(1 + number % 4) << 17])
      return try [tensor.smallest().scalar(), tensor.largest().scalar()]
    }
  }

  @Test func `keep their errors to the thread that made them`() async throws {
    let tensor = try Tensor(repeating: 1, shape: [2, 3])
    try await expectSameTogether(8) { number in
      do {
        _ = try tensor.reshaped([7 + number])
        return ""
      } catch { return "\(error)" }
    }
  }
}
