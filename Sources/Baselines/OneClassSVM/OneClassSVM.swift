public import AnomalyDetection
import Networks
public import Tensors

/// How far a descriptor lies outside the region that holds most of the good ones (OC-SVM).
///
/// Schölkopf et al. (2001) with a radial kernel; LIBSVM (Chang and Lin 2011) trains it.
public struct OneClassSVM: DescriptorModel {
  /// What can be chosen.
  public struct Settings: DescriptorModelSettings {
    /// The name of the method.
    public static let method = "ocsvm"
    /// ν, the share of training vectors that may lie outside, in 0…1.
    public var nu = 0.5
    /// γ of exp(−γ‖x − y‖²).
    public var gamma = Gamma.auto
    /// Descriptors that are learnt from at most.
    public var vectors: Int? = vectors(.paper)

    /// The paper's number takes minutes, a fifth of it seconds.
    public static func vectors(_ recipe: Recipe) -> Int { recipe == .paper ? 50_000 : 10_000 }

    /// ν = ½ and γ = 1 / dimension, scikit-learn's defaults when the paper was written; the paper does
    /// not state its own.
    public init() {}

    /// The time grows with the square of the number of descriptors.
    public func fittingSeconds(count: Int, dimension: Int) -> Double {
      // Half of the vectors bound the region; each is compared with all, a number in a nanosecond or two.
      2e-9 * Double(count) * Double(count) * Double(dimension)
    }
  }

  /// Count × dimension, around ``mean``.
  let supportVectors: Tensor
  /// Count × 1: the weight of each.
  let coefficients: Tensor
  /// 1 × dimension.
  let mean: Tensor
  /// Two numbers: γ, and ρ, the sum at the border of the region.
  let kernel: Tensor

  /// Finds the support vectors.
  ///
  /// The time grows with the square of the number of descriptors: seconds for 10,000, minutes for
  /// 50,000.
  public init(
    fitting descriptors: Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    let vectors = try descriptors.to(.cpu)
    let gamma = try settings.gamma.value(for: vectors)
    let solution = try await SupportVectors(of: vectors, nu: settings.nu, gamma: gamma, run)
    let mean = try vectors.mean(over: [0], keepingAxes: true)
    supportVectors = try (vectors.selecting(solution.indices) - mean).to(descriptors.device)
    coefficients = try Tensor(
      shape: [solution.coefficients.count, 1], scalars: solution.coefficients.map(Float.init)
    ).to(descriptors.device)
    self.mean = try mean.to(descriptors.device)
    kernel = try Tensor(shape: [2], doubles: [gamma, solution.rho])
  }

  /// The negative of LIBSVM's decision value: positive outside the region.
  public func scores(of descriptors: Tensor) throws -> Tensor {
    let (gamma, rho) = try (kernel.doubles()[0], kernel.doubles()[1])
    return try (descriptors - mean).inParts(ofRowsFor: supportVectors.shape[0]) { part in
      let similarities = try (part.squaredDistances(to: supportVectors) * -gamma).exponential()
      return try (-similarities.matrixProduct(coefficients) + rho).reshaped([part.shape[0]])
    }
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings) throws {
    mean = try tensors.tensor("mean", shape: [1, nil])
    supportVectors = try tensors.tensor("supportVectors", shape: [nil, mean.shape[1]])
    coefficients = try tensors.tensor("coefficients", shape: [supportVectors.shape[0], 1])
    kernel = try tensors.tensor("kernel", shape: [2], type: .float64)
    // Similarities grow without bound where γ is negative.
    guard try kernel.doubles()[0] >= 0 else { throw WeightsError.notFinite("kernel") }
  }

  /// Support vectors, their weights, the mean and the kernel.
  public var tensors: [String: Tensor] {
    [
      "supportVectors": supportVectors, "coefficients": coefficients, "mean": mean,
      "kernel": kernel,
    ]
  }
}
