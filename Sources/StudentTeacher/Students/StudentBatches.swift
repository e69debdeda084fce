import Networks
import Tensors

/// What the students of one receptive field learn from: pixels, and what their teacher says of them.
///
/// What a step uses is a function of the seed and its number alone, so that a training resumes by
/// its step. All tensors are on the device of the training.
protocol StudentBatches: Sendable {
  /// In how many parts the good pixels are measured.
  var partCount: Int { get }
  /// What the teacher says of one part of the good pixels, N × 128 × h × w.
  func descriptors(ofPart number: Int) throws -> Tensor
  /// What a step learns from.
  func batch(ofStep number: Int) throws -> StudentBatch
  /// Where networks describe those pixels.
  var positions: Positions { get }
}

/// What students learn from in a step.
struct StudentBatch {
  /// N × 3 × H × W.
  let pixels: Tensor
  /// What the teacher says of them, N × 128 × h × w.
  let descriptors: Tensor
  /// Which part of the whole step this is; less than 1 where several processes have one each.
  var share = 1.0
}
