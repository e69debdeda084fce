import Tensors

/// The scores of one scale: ẽ + ṽ, both in deviations of good pixels already.
///
/// Bergmann et al. (2020), Eq. 13.
func scaleScore(of standardized: (error: Tensor, uncertainty: Tensor)) throws -> Tensor {
  try standardized.error + standardized.uncertainty
}

/// The mean of the scores of all scales, without weights.
///
/// Bergmann et al. (2020), Eq. 14.
func fused(_ scales: [Tensor]) throws -> Tensor {
  try scales.dropFirst().reduce(scales[0]) { try $0 + $1 } / Double(scales.count)
}
