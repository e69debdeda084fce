public import Images
public import ModelFiles

/// A fitted method: all that was learnt, in 32 bits and on no device.
///
/// ``prepared(for:)`` makes it ready to turn images into anomaly maps.
public protocol AnomalyDetector: Sendable {
  /// The name on the command line, in tables and in model files, such as `student-teacher`.
  static var method: String { get }
  /// The detector that ``write(to:)`` put into a file.
  init(from file: ModelFile) throws
  /// Adds all that the detector needs to a file.
  func write(to file: inout ModelFile) throws
  /// At how many pixels descriptors may be computed; empty where the method leaves no choice. A
  /// calibration belongs to one of them.
  var densities: [Density] { get }
  /// What the detector can compute with.
  var precisions: [Precision] { get }
  /// What tells how like two patches are to the detector; nil where it looks through no teacher.
  var describer: PatchDescriber? { get }
  /// The detector where it runs: its weights on the device, ready to map.
  ///
  /// - Parameter execution: One that fits ``densities`` and ``precisions``; its density is nil only
  ///   where there is no choice.
  /// - Returns: What maps images.
  /// - Throws: `TensorError` where the device has no memory for it.
  func placed(for execution: Execution) throws -> any PlacedDetector
}

extension AnomalyDetector {
  /// There is no choice.
  public var densities: [Density] { [] }

  /// What is not made for less computes in 32 bits.
  public var precisions: [Precision] { [.fp32, .tf32] }

  /// There is no teacher.
  public var describer: PatchDescriber? { nil }
}

/// A detector where it runs.
public protocol PlacedDetector: Sendable {
  /// How many images are worth mapping together.
  var imagesTogether: Int { get }
  /// Scores every pixel of images of one size; each map has the size of its image.
  ///
  /// The map of an image does not depend on those beside it, but for rounding.
  func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence]
}

extension PlacedDetector {
  /// One fills the machine.
  public var imagesTogether: Int { 1 }
}

/// Told how many steps of how many are done.
public typealias MappingProgress = (_ done: Int, _ of: Int) -> Void

/// Why an image cannot be mapped.
public enum MappingError: Error, CustomStringConvertible, Equatable {
  /// The image has fewer pixels along a side than the method needs.
  case tooSmall(height: Int, width: Int, least: Int)
  /// The method leaves no choice of where descriptors are computed.
  case noDensity
  /// The map holds what is no finite number.
  case notFinite

  /// One line for the user.
  public var description: String {
    switch self {
    case .tooSmall(let height, let width, let least):
      "an image of \(width) × \(height) pixels is too small: each side needs at least \(least); enlarge it, "
        + "or choose a smaller receptive field"
    case .noDensity: "this method has no choice of density"
    case .notFinite:
      "its scores are not finite numbers, so nothing can be decided; check the model, and compute in "
        + "32 bits"
    }
  }
}
