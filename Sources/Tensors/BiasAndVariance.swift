import CTensors

/// The squared bias and the variance of samples around a target, pixel by pixel.
///
/// All come one after the other, and each some rows at a time: first the samples, then the target. Kept
/// are the samples' mean and what is asked for. In float32; no gradients pass.
public struct BiasAndVariance: Sendable {
  /// The squared distance of the samples' mean to the target, and the mean squared distance of the
  /// samples to their mean: N × 2 × H × W.
  public let values: Tensor
  /// N × C × H × W.
  private let mean: Tensor
  private let count: Int
  /// Whether our kernels compute, in one pass over the samples; they do on the CPU.
  private let usesKernels: Bool

  /// - Parameters:
  ///   - count: How many samples will come.
  ///   - shape: Their N × C × H × W, on the CPU C a multiple of 4.
  ///   - device: Where they are.
  /// - Throws: ``TensorError``.
  public init(ofSamples count: Int, shape: [Int], on device: Device) throws {
    try self.init(ofSamples: count, shape: shape, on: device, usesKernels: device == .cpu)
  }

  init(ofSamples count: Int, shape: [Int], on device: Device, usesKernels: Bool) throws {
    self.count = count
    self.usesKernels = usesKernels
    mean = try Tensor(repeating: 0, shape: [shape[0], shape[2], shape[3], shape[1]], on: device)
      .permuted([0, 3, 1, 2])
    values = try Tensor(repeating: 0, shape: [shape[0], 2] + shape[2...], on: device)
  }

  /// Takes in the rows of a sample, N × C × h × W, from `row` on; samples are numbered from 0.
  ///
  /// - Throws: ``TensorError``.
  public func add(_ rows: Tensor, from row: Int, ofSample number: Int) throws {
    guard usesKernels else { return try update(with: rows, from: row, ofSample: number) }
    try check(
      ct_add_sample(
        rows.pointer, Int64(row), Int32(clamping: number), Int32(clamping: count), mean.pointer,
        values.pointer))
  }

  /// Compares the mean of all samples with some rows of a target.
  ///
  /// - Parameters:
  ///   - rows: N × C × h × W.
  ///   - row: Which of all rows is the first of these.
  ///   - mean: C numbers that are taken from the target.
  ///   - deviation: C numbers that it is then divided by.
  /// - Throws: ``TensorError``.
  public func compare(
    withTarget rows: Tensor, from row: Int, mean: Tensor, deviation: Tensor
  ) throws {
    guard usesKernels else {
      let wanted = try (rows - mean) / deviation
      let away = try self.mean.slice(2, from: row, length: rows.shape[2]) - wanted
      return try values.write(away.squaredNorm(), at: [0, 0, row, 0])
    }
    try check(
      ct_compare_mean(
        rows.pointer, Int64(row), mean.pointer, deviation.pointer, self.mean.pointer, values.pointer
      ))
  }

  /// What our kernel does, by libtorch's operations: each sample moves the mean, and adds to the squared
  /// distances from the mean of all (Welford 1962).
  private func update(with rows: Tensor, from row: Int, ofSample number: Int) throws {
    let length = rows.shape[2]
    let before = try mean.slice(2, from: row, length: length)
    let away = try rows - before
    let share = 1 / Double(number + 1)
    let spread = try values.slice(1, from: 1, length: 1).slice(2, from: row, length: length)
    try values.write(
      spread + away.squaredNorm() * (Double(number) * share / Double(count)), at: [0, 1, row, 0])
    try mean.write(before + away * share, at: [0, 0, row, 0])
  }
}

extension Tensor {
  /// The squared length of each pixel's channels, N × 1 × H × W.
  fileprivate func squaredNorm() throws -> Tensor {
    try squared().sum(over: [1], keepingAxes: true)
  }
}
