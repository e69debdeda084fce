public import Tensors

/// A model of what descriptors of good patches look like, with no idea of images.
///
/// What 1-NN, K-Means, OC-SVM and the two autoencoders share. ``DescriptorMethod`` makes each a
/// method for images; for single patches they are used as they are.
public protocol DescriptorModel: Sendable {
  /// What can be chosen; encoded into model files.
  associatedtype Settings: DescriptorModelSettings
  /// Learns from descriptors, count × dimension.
  ///
  /// The same descriptors, settings and `run.seed` give the same model on the same device.
  init(fitting descriptors: Tensor, settings: Settings, run: TrainingRun) async throws
  /// How anomalous each descriptor is, one number for each row of count × dimension; higher is more
  /// anomalous. The score of one row depends on no other row.
  func scores(of descriptors: Tensor) throws -> Tensor
  /// The model of the ``tensors`` of another one.
  init(_ tensors: ModelTensors, settings: Settings) throws
  /// All that ``scores(of:)`` needs, by name.
  var tensors: [String: Tensor] { get }
}

extension DescriptorModel {
  /// The model on a device.
  package func on(_ device: Device, settings: Settings) throws -> Self {
    let tensors = tensors
    guard tensors.values.contains(where: { $0.device != device }) else { return self }
    return try Self(ModelTensors(tensors.mapValues { try $0.to(device) }), settings: settings)
  }
}

/// What can be chosen about a ``DescriptorModel``.
public protocol DescriptorModelSettings: Codable, Sendable, Equatable {
  /// The name on the command line, in tables and in model files, such as `knn`.
  static var method: String { get }
  /// The share of the variance that principal components keep before the model sees descriptors of
  /// images; nil where it sees them as they are.
  static var variance: Double? { get }
  /// The settings of the paper.
  init()
  /// How many descriptors of all good images are learnt from at most; nil for all there are.
  var vectors: Int? { get }
  /// How many steps of gradient descent the fit takes with so many descriptors; 0 for none.
  func steps(count: Int) -> Int
  /// About how many seconds the fit takes on a processor with so many descriptors of so many numbers; 0
  /// where it takes no more than describing them.
  func fittingSeconds(count: Int, dimension: Int) -> Double
}

extension DescriptorModelSettings {
  /// 95 %, as in the paper for MVTec AD.
  public static var variance: Double? { 0.95 }

  /// No gradient descent.
  public func steps(count: Int) -> Int { 0 }

  /// Describing takes most of the time.
  public func fittingSeconds(count: Int, dimension: Int) -> Double { 0 }
}
