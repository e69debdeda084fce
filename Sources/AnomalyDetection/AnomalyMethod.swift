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
  /// The same images, settings and `run.seed` give the same detector on the same device.
  func fit(_ good: GoodImages, run: TrainingRun) async throws -> Detector
  /// How many steps of gradient descent that is, for so many training images; 0 for none.
  func steps(imageCount: Int) -> Int
  /// How many seconds ``fit(_:run:)`` will take about, from timing small parts of it.
  func expectedSeconds(_ good: GoodImages, run: TrainingRun) async throws -> Double
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
  /// The same detector, its scores measured anew on good images that it has not learnt from.
  ///
  /// - Parameters:
  ///   - good: Images of the size that it looks at.
  ///   - density: Where descriptors are computed from now on; nil as before.
  ///   - run: Device and progress.
  /// - Returns: The detector.
  /// - Throws: ``MappingError/noDensity``, and what reading images and libtorch throw.
  func calibrated(
    on good: ImageCollection, density: Density?, run: TrainingRun
  ) async throws -> Self
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

  /// Nothing in the detector depends on good images that it has not learnt from.
  public func calibrated(
    on good: ImageCollection, density: Density?, run: TrainingRun
  ) async throws -> Self {
    guard density == nil || density == self.density else { throw MappingError.noDensity }
    return self
  }
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
