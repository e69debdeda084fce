public import AnomalyDetection
import Randomness
public import Tensors

/// The distance to the nearest descriptor of a good patch (1-NN).
///
/// Bergmann et al. (2020), Section 4: all descriptors of the training images for one-class tables,
/// a dictionary of 5,000 for MVTec AD.
public struct NearestNeighbor: DescriptorModel {
  /// What can be chosen.
  public struct Settings: DescriptorModelSettings {
    /// The name of the method.
    public static let method = "knn"
    /// Descriptors in the dictionary; nil for all there are.
    public var vectors: Int? = 5000

    /// A dictionary of 5,000.
    public init() {}

    /// The paper's for single patches, as in its one-class tables: all descriptors.
    public static var oneClass: Settings {
      var settings = Settings()
      settings.vectors = nil
      return settings
    }
  }

  /// Count × dimension, around ``mean``.
  let dictionary: Tensor
  /// 1 × dimension: distances between centred vectors lose less to rounding.
  let mean: Tensor

  /// Keeps the descriptors, or a random part of them.
  public init(
    fitting descriptors: Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    let count = descriptors.shape[0]
    var kept = descriptors
    if let most = settings.vectors, most < count {
      let order = SeededGenerator.order(of: count, seed: run.seed, for: .neighbors)
      kept = try descriptors.selecting(order.prefix(most).sorted())
    }
    mean = try kept.mean(over: [0], keepingAxes: true)
    dictionary = try kept - mean
  }

  /// Euclidean distances to the nearest vector of the dictionary.
  public func scores(of descriptors: Tensor) throws -> Tensor {
    try (descriptors - mean).inParts(ofRowsFor: dictionary.shape[0]) {
      try $0.squaredDistances(to: dictionary).smallest(over: [1]).squareRoot()
    }
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings) throws {
    mean = try tensors.tensor("mean", shape: [1, nil])
    dictionary = try tensors.tensor("dictionary", shape: [nil, mean.shape[1]])
  }

  /// Dictionary and mean.
  public var tensors: [String: Tensor] { ["dictionary": dictionary, "mean": mean] }
}
