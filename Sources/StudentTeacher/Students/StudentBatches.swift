import Networks
import Tensors

/// What the students of one receptive field learn from: pixels, and what their teacher says of them.
///
/// What a step looks at is a function of the seed and its number alone, so that a training resumes by
/// its step. All tensors are on the device of the training.
protocol StudentBatches: Sendable {
  /// In how many parts the good pixels are measured.
  var partCount: Int { get }
  /// What the teacher says of one part of the good pixels, N × 128 × h × w.
  func descriptors(ofPart number: Int) throws -> Tensor
  /// The pixels of a step, N × 3 × H × W, and what the teacher says of them, N × 128 × h × w.
  func batch(ofStep number: Int) throws -> (pixels: Tensor, descriptors: Tensor)
  /// Where networks describe those pixels.
  var positions: Positions { get }
}
