public import AnomalyDetection
public import Tensors

/// The distance to the nearest of a few centres of the descriptors of good patches.
///
/// Lloyd's algorithm (1982) from the start of k-means++ (Arthur and Vassilvitskii 2007), the best of
/// several runs. Bergmann et al. (2020) take 10 centres.
public struct KMeans: DescriptorModel {
  /// What can be chosen.
  public struct Settings: DescriptorModelSettings {
    /// The name of the method.
    public static let method = "kmeans"
    /// How many centres.
    public var centers = 10
    /// How many runs, of which the best is kept.
    public var restarts = 10
    /// The most rounds of a run.
    public var rounds = 300
    /// A run ends when the centres move less than this share of the variance.
    public var tolerance = 1e-4
    /// Descriptors that are learnt from at most.
    public var vectors: Int? = 50_000

    /// Ten centres, the best of ten runs.
    public init() {}
  }

  /// Centers × dimension.
  let centers: Tensor

  /// Finds the centres.
  public init(
    fitting descriptors: Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    var best: Clustering?
    for restart in 0..<settings.restarts {
      let found = try Clustering(
        of: descriptors, settings, seed: run.seed, restart: restart)
      if found.inertia < best?.inertia ?? .infinity { best = found }
      try run.report("clustering", step: restart + 1, of: settings.restarts)
    }
    guard let best else { throw TrainingError.diverged }
    centers = best.centers
  }

  /// Euclidean distances to the nearest centre.
  public func scores(of descriptors: Tensor) throws -> Tensor {
    let mean = try centers.mean(over: [0], keepingAxes: true)
    let centred = try centers - mean
    return try (descriptors - mean).inParts(ofRowsFor: centers.shape[0]) {
      try $0.squaredDistances(to: centred).smallest(over: [1]).squareRoot()
    }
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings) throws {
    centers = try tensors.tensor("centers", shape: [nil, nil])
  }

  /// Numbers of a centre.
  var dimension: Int { centers.shape[1] }

  /// The centres.
  public var tensors: [String: Tensor] { ["centers": centers] }
}
