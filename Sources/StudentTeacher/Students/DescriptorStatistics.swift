import Networks
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
    private var mean = [Double](repeating: 0, count: ReceptiveField.dimension)
    private var squares = [Double](repeating: 0, count: ReceptiveField.dimension)

    /// Nothing yet.
    init() {}

    /// What ``numbers`` gave.
    init(numbers: [Double]) {
      let dimension = ReceptiveField.dimension
      count = numbers[0]
      mean = Array(numbers[1..<1 + dimension])
      squares = Array(numbers[(1 + dimension)...])
    }

    /// The count, and mean and sum of squared distances of each component.
    var numbers: [Double] { [count] + mean + squares }

    /// How many ``numbers`` there are.
    static let width = 1 + 2 * ReceptiveField.dimension

    /// Adds descriptors N × 128 × H × W.
    mutating func add(_ descriptors: Tensor) throws {
      let exact = try descriptors.to(.cpu).to(.float64)
      let mean = try exact.mean(over: [0, 2, 3], keepingAxes: true)
      let squares = try (exact - mean).squared().sum(over: [0, 2, 3])
      try add(
        Sum(
          numbers: [Double(exact.count / exact.shape[1])] + mean.doubles() + squares.doubles()))
    }

    /// Adds what another sum holds.
    ///
    /// The moments of two parts give those of the whole (Chan, Golub and LeVeque 1983).
    mutating func add(_ other: Sum) {
      let total = count + other.count
      guard total > 0 else { return }
      for component in mean.indices {
        let shift = other.mean[component] - mean[component]
        squares[component] +=
          other.squares[component] + shift * shift * (count * other.count / total)
        mean[component] += shift * (other.count / total)
      }
      count = total
    }

    /// The statistics of all that was added.
    ///
    /// A component that never changes gets a small deviation instead of none.
    func statistics() throws -> DescriptorStatistics {
      let deviation = squares.map { max(($0 / max(count, 1)).squareRoot(), 1e-6) }
      let shape = [1, ReceptiveField.dimension, 1, 1]
      return DescriptorStatistics(
        mean: try Tensor(shape: shape, scalars: mean.map(Float.init)),
        deviation: try Tensor(shape: shape, scalars: deviation.map(Float.init)))
    }
  }
}
