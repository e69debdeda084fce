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
  /// Into how many independent pieces ``fit(_:run:)`` falls, which several workers may make; 0 where it is one.
  var pieceCount: Int { get }
  /// Makes one of them, and leaves it in the checkpoints of `run`: those of all pieces, which ``fit(_:run:)``
  /// then takes where ``TrainingRun/takesPieces`` says so. What it gives is the same to the bit.
  func makePiece(_ number: Int, from training: ImageCollection, run: TrainingRun) async throws
  /// Whether the processes of ``TrainingRun/group`` share the steps of ``fit(_:run:)``.
  var isSharedByGroups: Bool { get }
  /// Does what the other processes of ``TrainingRun/group`` do while that of rank 0 runs ``fit(_:run:)``.
  func assist(_ training: ImageCollection, run: TrainingRun) async throws
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
  /// All is one.
  public var pieceCount: Int { 0 }

  /// There is none.
  public func makePiece(
    _ number: Int, from training: ImageCollection, run: TrainingRun
  ) async throws {}

  /// One process does all.
  public var isSharedByGroups: Bool { false }

  /// There is nothing to do.
  public func assist(_ training: ImageCollection, run: TrainingRun) async throws {}

  /// No teacher is needed.
  public var receptiveFields: [ReceptiveField] { [] }

  /// There is no choice.
  public var density: Density? { nil }
}
