import Tensors

/// How much closer a patch must come to its altered copy than to another patch.
///
/// L_m = max{0, δ + δ⁺ − δ⁻} of Bergmann et al. (2020), Eqs. 2 and 3, averaged over the batch: δ⁺ is
/// the squared distance of an anchor to its positive, δ⁻ the smaller of the squared distances of
/// both to the negative (anchor swap, Balntas et al. 2016), and δ the `margin`. Descriptors are
/// N × dimension.
func metricLoss(
  anchors: Tensor, positives: Tensor, negatives: Tensor, margin: Double
) throws -> Tensor {
  let distance = { (a: Tensor, b: Tensor) in try (a - b).squared().sum(over: [1]) }
  let toPositive = try distance(anchors, positives)
  let toNegative = try distance(anchors, negatives).minimum(distance(positives, negatives))
  return try (toPositive - toNegative + margin).maximum(0).mean()
}
