import Tensors

/// How far a student is from the normalised descriptors of the teacher.
///
/// L(S) = 1/(wh) Σ ‖μ^S − (y^T − μ) diag(σ)⁻¹‖², summed over the components of the descriptor and
/// averaged over the pixels (Bergmann et al. 2020, Eq. 6). Both are N × 128 × H × W.
func studentLoss(answer: Tensor, target: Tensor) throws -> Tensor {
  try (answer - target).squared().sum(over: [1]).mean()
}
