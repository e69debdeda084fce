package import Tensors

/// The directions in which vectors vary most (Pearson 1901), and the mean around which they do.
package struct PrincipalComponents: Sendable {
  /// 1 × dimension.
  package let mean: Tensor
  /// Dimension × kept, orthonormal columns, the direction of the largest variance first.
  package let directions: Tensor

  package init(mean: Tensor, directions: Tensor) {
    self.mean = mean
    self.directions = directions
  }

  /// The fewest directions that together hold more than `share` of the variance.
  ///
  /// - Parameters:
  ///   - vectors: Count × dimension, at least two.
  ///   - share: In 0…1; 1 keeps every direction.
  /// - Throws: `TensorError`.
  package init(of vectors: Tensor, keeping share: Double) throws {
    let exact = try vectors.to(.cpu).to(.float64)
    let (count, dimension) = (exact.shape[0], exact.shape[1])
    let mean = try exact.mean(over: [0], keepingAxes: true)
    let centred = try exact - mean
    let covariance = try centred.transposed().matrixProduct(centred) / Double(max(count - 1, 1))
    let (values, columns) = try covariance.symmetricEigen()
    // libtorch's order is ascending; rounding may leave the last ones just below zero.
    let variances = try values.doubles().reversed().map { max($0, 0) }
    let order = Array((0..<dimension).reversed())
    let kept = Self.count(of: variances, share: share)
    self.mean = try mean.to(.float32)
    directions = try columns.selecting(Array(order.prefix(kept)), axis: 1).to(.float32)
  }

  private static func count(of variances: [Double], share: Double) -> Int {
    let wanted = share * variances.reduce(0, +)
    var sum = 0.0
    for (index, variance) in variances.enumerated() {
      sum += variance
      if sum > wanted { return index + 1 }
    }
    return variances.count
  }

  /// Vectors count × dimension in the kept directions: count × kept.
  package func projected(_ vectors: Tensor) throws -> Tensor {
    try (vectors - mean).matrixProduct(directions)
  }

  package func map(_ transform: (Tensor) throws -> Tensor) rethrows -> PrincipalComponents {
    PrincipalComponents(mean: try transform(mean), directions: try transform(directions))
  }
}
