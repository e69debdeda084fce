import Tensors

/// How much the students disagree at each pixel.
///
/// v = 1/M Σ ‖μ_i − μ̄‖², the variance of the students' `answers` around their mean, summed over the
/// descriptor (Bergmann et al. 2020, Eqs. 8-12). The answers are N × dimension × H × W, the
/// uncertainty N × H × W, in squared standard deviations of the teacher; never negative.
func predictiveUncertainty(of answers: [Tensor]) throws -> Tensor {
  // The paper prints E‖μᵢ‖² − ‖μ̄‖². Both terms are large where descriptors are long, and their
  // difference drowns in rounding; summing squared distances to the mean gives the same value.
  let mean = try mean(of: answers)
  let distances = try answers.map { try ($0 - mean).squared().sum(over: [1]) }
  return try distances.dropFirst().reduce(distances[0]) { try $0 + $1 } / Double(answers.count)
}
