import Tensors

/// How far the students' mean is from the teacher at each pixel.
///
/// e = ‖μ̄ − (y^T − μ) diag(σ)⁻¹‖² (Bergmann et al. 2020, Eq. 7), the squared distance between the
/// mean of the `answers` (one a student, each N × dimension × H × W) and the normalised `target`
/// of the same shape. The error is N × H × W, in squared standard deviations of the teacher.
func regressionError(of answers: [Tensor], target: Tensor) throws -> Tensor {
  try (mean(of: answers) - target).squared().sum(over: [1])
}

/// The mean of the students' answers.
func mean(of answers: [Tensor]) throws -> Tensor {
  try answers.dropFirst().reduce(answers[0]) { try $0 + $1 } / Double(answers.count)
}
