import Tensors

/// The mean and deviation of each component of the teacher's descriptors over the good images.
///
/// Students regress the normalised descriptors (y^T − μ) diag(σ)⁻¹ (Bergmann et al. 2020, Eq. 6).
struct DescriptorStatistics: Sendable {
  /// μ, 1 × 128 × 1 × 1.
  let mean: Tensor
  /// σ, 1 × 128 × 1 × 1, positive.
  let deviation: Tensor

  /// Descriptors N × 128 × H × W, each component centred and scaled.
  func normalized(_ descriptors: Tensor) throws -> Tensor {
    try (descriptors.to(.float32) - mean) / deviation
  }

  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> DescriptorStatistics {
    DescriptorStatistics(mean: try transform(mean), deviation: try transform(deviation))
  }

  /// Gathers the statistics part by part, in 64 bits.
  struct Sum {
    private var count = 0.0
    private var mean: Tensor?
    private var squares: Tensor?

    /// Adds descriptors N × 128 × H × W.
    mutating func add(_ descriptors: Tensor) throws {
      let exact = try descriptors.to(.cpu).to(.float64)
      let added = Double(exact.count / exact.shape[1])
      let mean = try exact.mean(over: [0, 2, 3], keepingAxes: true)
      let squares = try (exact - mean).squared().sum(over: [0, 2, 3], keepingAxes: true)
      guard let before = self.mean, let squaresBefore = self.squares else {
        (count, self.mean, self.squares) = (added, mean, squares)
        return
      }
      // Chan, Golub and LeVeque (1983): the moments of two parts give those of the whole.
      let shift = try mean - before
      let total = count + added
      self.squares = try squaresBefore + squares + shift.squared() * (count * added / total)
      self.mean = try before + shift * (added / total)
      count = total
    }

    /// The statistics of all that was added.
    ///
    /// A component that never changes gets a small deviation instead of none.
    func statistics() throws -> DescriptorStatistics? {
      guard let mean, let squares else { return nil }
      let deviation = try (squares / count).squareRoot().maximum(1e-6)
      return DescriptorStatistics(
        mean: try mean.to(.float32), deviation: try deviation.to(.float32))
    }
  }
}
