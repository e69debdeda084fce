import AnomalyDetection
import Randomness
import Tensors

/// Rows in a new random order each epoch, batch by batch.
///
/// What is in a batch depends on the seed and its number alone, so that a training resumes by its
/// step.
struct EpochBatches {
  private let rows: Tensor
  private let size: Int
  private let seed: UInt64
  private var epoch = -1
  private var order: [Int] = []

  init(of rows: Tensor, size: Int, seed: UInt64) {
    self.rows = rows
    self.size = size
    self.seed = seed
  }

  /// How many batches an epoch of so many rows has; the last may be smaller.
  static func perEpoch(count: Int, size: Int) -> Int { max(1, (count + size - 1) / size) }

  /// The rows of a batch.
  mutating func batch(_ number: Int) throws -> Tensor {
    let count = rows.shape[0]
    let perEpoch = Self.perEpoch(count: count, size: size)
    if number / perEpoch != epoch {
      epoch = number / perEpoch
      order = SeededGenerator.order(of: count, seed: seed, for: .descriptorOrder, epoch)
    }
    let start = number % perEpoch * size
    return try rows.selecting(Array(order[start..<min(start + size, count)]))
  }
}
