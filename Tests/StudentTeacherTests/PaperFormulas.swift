import Tensors

// The paper's formulas as they stand, with all answers in memory: what the kernels are compared with.

/// How far the students' mean is from the teacher at each pixel.
///
/// e = ‖μ̄ − (y^T − μ) diag(σ)⁻¹‖² (Bergmann et al. 2020, Eq. 7), the squared distance between the
/// mean of the `answers` (one a student, each N × dimension × H × W) and the normalised `target`
/// of the same shape. The error is N × H × W, in squared standard deviations of the teacher.
func regressionError(of answers: [Tensor], target: Tensor) throws -> Tensor {
  try (mean(of: answers) - target).squared().sum(over: [1])
}

/// How much the students disagree at each pixel.
///
/// v = 1/M Σ ‖μ_i − μ̄‖², the variance of the students' `answers` around their mean, summed over the
/// descriptor (Bergmann et al. 2020, Eqs. 8-12). The answers are N × dimension × H × W, the
/// uncertainty N × H × W, in squared standard deviations of the teacher; never negative.
func predictiveUncertainty(of answers: [Tensor]) throws -> Tensor {
  let mean = try mean(of: answers)
  let distances = try answers.map { try ($0 - mean).squared().sum(over: [1]) }
  return try distances.dropFirst().reduce(distances[0]) { try $0 + $1 } / Double(answers.count)
}

/// The mean of the students' answers.
private func mean(of answers: [Tensor]) throws -> Tensor {
  try answers.dropFirst().reduce(answers[0]) { try $0 + $1 } / Double(answers.count)
}
