import Networks
import TestSupport
import Testing

@testable import StudentTeacher
@testable import Tensors

private func pixel(_ values: [Float]) throws -> Tensor {
  try Tensor(shape: [1, values.count, 1, 1], scalars: values)
}

@Suite struct `Scores` {
  @Test func `are small where one can count by hand`() throws {
    let answers = try [pixel([1, 0]), pixel([3, 4])]
    // The mean is (2, 2): 4 + 1 from the target, and each answer 1 + 4 from the mean.
    let error = try regressionError(of: answers, target: pixel([0, 1]))
    #expect(try error.scalar() == 5)
    #expect(try predictiveUncertainty(of: answers).scalar() == 5)
  }

  /// At 5000 the printed difference of squares has no digits left in 32 bits; the value is 1.
  @Test func `survive long descriptors`() throws {
    let answers = try [pixel([5001]), pixel([4999])]
    #expect(try predictiveUncertainty(of: answers).scalar() == 1)
  }

  @Test func `of one student have no uncertainty`() throws {
    #expect(try predictiveUncertainty(of: [pixel([1, 2, 3])]).scalar() == 0)
  }

  @Test func `equal the paper's formulas in 64 bits`() throws {
    let shape = [1, 7, 3, 2]
    let answers = try (0..<4).map { try Tensor.normal(shape: shape, seed: UInt64($0)) }
    let target = try Tensor.normal(shape: shape, seed: 9)
    let (rows, goal) = (try answers.map { try $0.doubles() }, try target.doubles())
    var (error, uncertainty) = ([Double](), [Double]())
    for pixel in 0..<6 {
      var (distance, squares, meanSquares) = (0.0, 0.0, 0.0)
      for component in 0..<7 {
        let index = component * 6 + pixel
        let mean = slowMean(rows.map { $0[index] })
        distance += (mean - goal[index]) * (mean - goal[index])
        meanSquares += mean * mean
        for row in rows { squares += row[index] * row[index] }
      }
      error.append(distance)
      uncertainty.append(squares / 4 - meanSquares)
    }
    try expectClose(regressionError(of: answers, target: target).doubles(), error)
    try expectClose(
      predictiveUncertainty(of: answers).doubles(), uncertainty, relative: 1e-5, absolute: 1e-5)
  }

  /// Student after student and some rows at a time, what the formulas give of all at once.
  ///
  /// By our kernels, and by the operations that take their place on a graphics card.
  @Test(arguments: [1, 3, 5], [true, false])
  func `come out the same in parts`(count: Int, usesKernels: Bool) throws {
    let shape = [2, 128, 5, 7]
    let answers = try (0..<count).map { try Tensor.normal(shape: shape, seed: UInt64($0)) }
    let target = try Tensor.normal(shape: shape, seed: 9) * 3 + 1
    let statistics = DescriptorStatistics(
      mean: try Tensor.normal(shape: [1, 128, 1, 1], seed: 10),
      deviation: try Tensor.uniform(shape: [1, 128, 1, 1], seed: 11) + 0.5)
    let distances = try BiasAndVariance(
      ofSamples: count, shape: shape, on: .cpu, usesKernels: usesKernels)
    let parts = [(0, 2), (2, 3)]
    for (number, answer) in answers.enumerated() {
      for (row, length) in parts {
        try distances.add(
          answer.slice(2, from: row, length: length), from: row, ofSample: number)
      }
    }
    for (row, length) in parts {
      try distances.compare(
        withTarget: target.slice(2, from: row, length: length), from: row, mean: statistics.mean,
        deviation: statistics.deviation)
    }
    let both = distances.values
    #expect(both.shape == [2, 2, 5, 7])
    try expectClose(
      both.slice(1, from: 0, length: 1).reshaped([2, 5, 7]),
      regressionError(of: answers, target: statistics.normalized(target)))
    try expectClose(
      both.slice(1, from: 1, length: 1).reshaped([2, 5, 7]), predictiveUncertainty(of: answers))
    for (wrong, row) in [(try target.slice(3, from: 0, length: 6), 0), (target, 1), (target, -1)] {
      #expect(throws: TensorError.self) { try distances.add(wrong, from: row, ofSample: 0) }
    }
  }

  /// What one-class tables score, by the same code as maps.
  @Test(arguments: ReceptiveField.allCases)
  func `of a patch are a map of one pixel`(field: ReceptiveField) throws {
    let scale = try scale(field, students: 3)
    let side = field.patchSide
    let patches = try Tensor.uniform(shape: [5, 3, side, side], seed: 4)
    let both = try scale.errorAndUncertainty(ofPatches: patches)
    let answers = try scale.students.map { try $0.describe(patches, at: .strided) }
    let target = try scale.statistics.normalized(scale.teacher.describe(patches, at: .strided))
    // Networks made ready differ from those as they are by 10⁻⁴.
    try expectClose(
      both.error, regressionError(of: answers, target: target).reshaped([5, 1, 1, 1]),
      relative: 1e-3, absolute: 1e-4)
    try expectClose(
      both.uncertainty, predictiveUncertainty(of: answers).reshaped([5, 1, 1, 1]),
      relative: 1e-3, absolute: 1e-4)
  }

  @Test func `are measured in deviations of good pixels and averaged over scales`() throws {
    var normalization = ScoreNormalization()
    normalization.error.add([1, 3])
    normalization.uncertainty.add([10, 10, 40])
    let score = try scaleScore(of: normalization.standardized((pixel([4]), pixel([20]))))
    // (4 - 2) / 1 + (20 - 20) / …
    #expect(abs(try score.scalar() - 2) < 1e-6)
    #expect(try fused([pixel([1]), pixel([2]), pixel([6])]).scalar() == 3)
  }

  @Test func `do not divide by a deviation of zero`() throws {
    var moments = Moments()
    moments.add([5, 5])
    #expect(try moments.standardized(pixel([7])).scalar() == 2)
  }
}

@Suite struct `Moments of parts` {
  @Test func `are those of the whole`() throws {
    let values = try Tensor.normal(shape: [1000], seed: 1).scalars().map { 1000 + $0 }
    var whole = Moments()
    for part in [values[..<1], values[1..<300], values[300..<300], values[300...]] {
      var ofPart = Moments()
      ofPart.add(Array(part))
      whole.add(Moments(numbers: ofPart.numbers[...]))
    }
    let exact = values.map(Double.init)
    #expect(abs(whole.mean - slowMean(exact)) < 1e-9)
    #expect(abs(whole.deviation - slowDeviation(exact)) < 1e-9)
  }

  @Test func `of descriptors are those of the whole`() throws {
    let all = try Tensor.normal(shape: [3, 128, 4, 5], seed: 2) * 3 + 100
    var sum = DescriptorStatistics.Sum()
    for number in 0..<3 {
      var part = DescriptorStatistics.Sum()
      try part.add(all.slice(0, from: number, length: 1))
      sum.add(DescriptorStatistics.Sum(numbers: part.numbers))
    }
    let statistics = try sum.statistics()
    let values = try all.doubles()
    for component in [0, 1, 77, 127] {
      var own: [Double] = []
      for number in 0..<3 {
        let start = (number * 128 + component) * 20
        own += values[start..<start + 20]
      }
      let mean = try statistics.mean.doubles()[component]
      let deviation = try statistics.deviation.doubles()[component]
      #expect(abs(mean - slowMean(own)) < 1e-4)
      #expect(abs(deviation - slowDeviation(own)) < 1e-5)
    }
    let normalized = try statistics.normalized(all)
    #expect(abs(try normalized.mean().scalar()) < 1e-4)
    #expect(abs(try normalized.squared().mean().scalar() - 1) < 1e-4)
  }

  @Test func `of a component that never changes are finite`() throws {
    var sum = DescriptorStatistics.Sum()
    try sum.add(Tensor(repeating: 2, shape: [1, 128, 2, 2]))
    let statistics = try sum.statistics()
    #expect(try statistics.normalized(Tensor(repeating: 2, shape: [1, 128, 1, 1])).isFinite())
  }
}
