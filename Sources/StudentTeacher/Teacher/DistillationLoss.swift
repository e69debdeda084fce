import Tensors

/// How far decoded descriptors are from what the pretrained encoder says of the same patches.
///
/// L_k = ‖D(T̂(p)) − P(p)‖² (Bergmann et al. 2020, Eq. 1), averaged over the patches and divided by
/// the number of features, so that predicting the mean of standardised features gives 1.
///
/// `decoded` is D(T̂(p)) and `features` P(p), both N × features.
func distillationLoss(decoded: Tensor, features: Tensor) throws -> Tensor {
  try (decoded - features).squared().mean()
}
