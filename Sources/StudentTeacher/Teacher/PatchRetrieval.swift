import Tensors

/// How often the nearest of all candidates to a copy is the one that it was made from.
///
/// Both N × dimension, a copy at the place of its original; distances are Euclidean.
func recallAtOne(of copies: Tensor, among originals: Tensor) throws -> Double {
  let count = originals.shape[0]
  let lengths = try originals.squared().sum(over: [1]).reshaped([1, count])
  // The length of the copy itself is the same for all candidates.
  let closeness = try copies.matrixProduct(originals.transposed()) * 2 - lengths
  let best = try closeness.largest(over: [1], keepingAxes: true)
  let own =
    try (copies * originals).sum(over: [1], keepingAxes: true) * 2
    - lengths.reshaped([count, 1])
  let gaps = try (best - own).scalars()
  let scale = try closeness.magnitude().largest().scalar()
  // The two ways to the same number differ by rounding.
  return Double(gaps.count { $0 <= 1e-6 * scale }) / Double(count)
}
