import CTensors

/// How far answers are from a target and from each other, pixel by pixel.
///
/// All come one after the other, and each some rows at a time: first the answers, then the target. Kept
/// are the answers' mean and what is asked for. In float32 on the CPU; no gradients pass.
public struct AnswerDistances: Sendable {
  /// The squared distance of the answers' mean to the target, and the mean squared distance of the
  /// answers to their mean: N × 2 × H × W.
  public let values: Tensor
  /// N × C × H × W.
  private let mean: Tensor
  private let count: Int

  /// - Parameters:
  ///   - count: How many answers will come.
  ///   - shape: Their N × C × H × W, C a multiple of 4.
  /// - Throws: ``TensorError``.
  public init(ofAnswers count: Int, shape: [Int]) throws {
    self.count = count
    mean = try Tensor(repeating: 0, shape: [shape[0], shape[2], shape[3], shape[1]])
      .permuted([0, 3, 1, 2])
    values = try Tensor(repeating: 0, shape: [shape[0], 2] + shape[2...])
  }

  /// Takes in the rows of an answer, N × C × h × W, from `row` on; answers are numbered from 0.
  ///
  /// - Throws: ``TensorError``.
  public func add(_ rows: Tensor, from row: Int, ofAnswer number: Int) throws {
    try check(
      ct_add_answer(
        rows.pointer, Int64(row), Int32(number), Int32(count), mean.pointer, values.pointer))
  }

  /// Compares all answers with some rows of a target.
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
    try check(
      ct_compare_answers(
        rows.pointer, Int64(row), mean.pointer, deviation.pointer, self.mean.pointer, values.pointer
      ))
  }
}
