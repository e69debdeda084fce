public import Datasets
public import Networks

/// A recipe for learning what is normal: one method of the paper with its settings.
public protocol AnomalyMethod: Codable, Sendable {
  /// What the recipe makes.
  associatedtype Detector: AnomalyDetector
  /// The receptive fields whose teachers ``fit(_:run:)`` takes from its run; none for methods that
  /// need no teacher.
  var receptiveFields: [ReceptiveField] { get }
  /// At how many pixels its detector computes descriptors, unless a calibration says otherwise; nil
  /// where the method leaves no choice.
  var density: Density? { get }
  /// Learns what good images look like.
  ///
  /// A method sees no image but these: those that calibrate a decision are never shown to what is
  /// calibrated, or the promised rate of false alarms would not hold (see ``Calibration``). The same
  /// images, settings and `run.seed` give the same detector on the same device.
  func fit(_ training: ImageCollection, run: TrainingRun) async throws -> Detector
  /// How many steps of gradient descent that is, for so many training images; 0 for none.
  func steps(imageCount: Int) -> Int
  /// What ``fit(_:run:)`` and the maps of its detector will take about, from timing small parts.
  func cost(of training: ImageCollection, run: TrainingRun) async throws -> TrainingCost
}

/// The seconds that a method takes.
public struct TrainingCost: Sendable, Equatable {
  /// Learning from all training images.
  public let learning: Double
  /// The map of one image.
  public let map: Double

  /// Seconds of both.
  public init(learning: Double, map: Double) {
    self.learning = learning
    self.map = map
  }
}

extension AnomalyMethod {
  /// No teacher is needed.
  public var receptiveFields: [ReceptiveField] { [] }

  /// There is no choice.
  public var density: Density? { nil }
}
