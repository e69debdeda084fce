public import Images
public import ModelFiles
public import Networks
public import Tensors

/// A recipe for learning what is normal: one method of the paper with its settings.
public protocol AnomalyMethod: Codable, Sendable {
  /// What the recipe makes.
  associatedtype Detector: AnomalyDetector
  /// The receptive fields whose teachers ``fit(_:run:)`` takes from its run; none for methods that
  /// need no teacher.
  var receptiveFields: [ReceptiveField] { get }
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

/// A fitted method: it turns an image into an anomaly map.
public protocol AnomalyDetector: Sendable {
  /// The name on the command line, in tables and in model files, such as `student-teacher`.
  static var method: String { get }
  /// The detector that ``write(to:)`` put into a file.
  init(from file: ModelFile) throws
  /// Where descriptors are computed, for methods that leave a choice; the calibration of a model
  /// belongs to it.
  var density: Density? { get }
  /// How many images are worth mapping together where the detector runs now.
  var imagesTogether: Int { get }
  /// Scores every pixel of an image; the map has the image's size.
  func anomalyMap(of image: Image) throws -> AnomalyMap
  /// The same of several images of one size.
  func anomalyMaps(of images: [Image]) throws -> [AnomalyMap]
  /// The same for callers that want to know how far it is, where a method searches for long.
  func anomalyMap(of image: Image, progress: MappingProgress) throws -> AnomalyMap
  /// The same detector, its descriptors computed at other pixels.
  ///
  /// - Parameter density: Where they are computed from now on.
  /// - Returns: The detector; it needs a calibration of its own.
  /// - Throws: ``MappingError/noDensity`` where the method leaves no choice.
  func at(_ density: Density) throws -> Self
  /// The same detector on another device, or computing with other numbers.
  func running(on device: Device, precision: ScalarType) throws -> Self
  /// Adds all that the detector needs to a file.
  func write(to file: inout ModelFile) throws
}

extension AnomalyMethod {
  /// No teacher is needed.
  public var receptiveFields: [ReceptiveField] { [] }
}

/// Told how many steps of how many are done.
public typealias MappingProgress = (_ done: Int, _ of: Int) -> Void

extension AnomalyDetector {
  /// There is no choice.
  public var density: Density? { nil }

  /// One fills the machine.
  public var imagesTogether: Int { 1 }

  /// One after the other.
  public func anomalyMaps(of images: [Image]) throws -> [AnomalyMap] {
    try images.map { try anomalyMap(of: $0) }
  }

  /// A map that takes no longer than one likes to wait without a word.
  public func anomalyMap(of image: Image, progress: MappingProgress) throws -> AnomalyMap {
    try anomalyMap(of: image)
  }

  /// There is no choice.
  public func at(_ density: Density) throws -> Self { throw MappingError.noDensity }
}

/// Why an image cannot be mapped.
public enum MappingError: Error, CustomStringConvertible, Equatable {
  /// The image has fewer pixels along a side than the method needs.
  case tooSmall(height: Int, width: Int, least: Int)
  /// The method leaves no choice of where descriptors are computed.
  case noDensity

  /// One line for the user.
  public var description: String {
    switch self {
    case .tooSmall(let height, let width, let least):
      "an image of \(width) × \(height) pixels is too small, it needs \(least) along each side; "
        + "enlarge it or choose a smaller receptive field"
    case .noDensity: "this method has no --density"
    }
  }
}
