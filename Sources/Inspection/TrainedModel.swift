public import AnomalyDetection
import Datasets
public import Images
public import Tensors

/// All that decides about a part: a fitted detector, what it looks at, and its calibration.
///
/// This is what one `.students` file holds.
public struct TrainedModel: Sendable {
  /// The fitted method.
  public internal(set) var detector: any AnomalyDetector
  /// Which part of images is inspected, and how it becomes a square.
  public let framing: Framing
  /// What scores good images get, for each execution that the model is calibrated for; the first decides
  /// unless another is asked for.
  public internal(set) var calibrations: [Calibration]
  /// What good images are like as a whole.
  public internal(set) var frames: FrameSummary
  /// How image files were read in training; those that are inspected must be read so.
  public let reading: ImageReading
  /// Where the model comes from.
  public internal(set) var provenance: Provenance
  /// Patches of good images to show beside anomalous ones; nil where none are kept.
  public internal(set) var normalPatches: NormalPatches?
  /// Images to verify the model with on another machine; nil where none are kept.
  public internal(set) var proof: Proof?
  /// What tells each image that was learnt from, ascending (see ``ImageCollection/marks()``).
  let learntFrom: [String]
  /// The settings of the method, as JSON.
  public let settings: String

  init(
    detector: any AnomalyDetector, framing: Framing, calibrations: [Calibration],
    frames: FrameSummary,
    reading: ImageReading = .init(), normalPatches: NormalPatches? = nil, proof: Proof? = nil,
    provenance: Provenance, learntFrom: [String], settings: String
  ) {
    self.detector = detector
    self.framing = framing
    self.calibrations = calibrations
    self.frames = frames
    self.reading = reading
    self.normalPatches = normalPatches
    self.proof = proof
    self.provenance = provenance
    self.learntFrom = learntFrom
    self.settings = settings
  }
}

/// Which good images calibrate a decision.
public enum CalibrationPlan: Codable, Sendable, Equatable {
  /// A random share, which is not learnt from; nil for what suits the number of images (see
  /// ``GoodImages/heldOutCount(of:share:)``).
  case heldOut(share: Double? = nil)
  /// All, each scored by a detector that has learnt from the other folds; a training a fold, and one
  /// of all images. For few images where time allows.
  case cross(folds: Int = 5)

  /// Whether the numbers can be those of a plan; those in a file may be anybody's.
  var makesSense: Bool {
    switch self {
    case .heldOut(let share): share.map { $0 > 0 && $0 < 1 } ?? true
    case .cross(let folds): ModelBounds.images.contains(folds)
    }
  }

  /// Those images that the detector learns from which is kept.
  func taught(of images: ImageCollection, seed: UInt64) throws -> ImageCollection {
    switch self {
    case .heldOut(let share): try GoodImages(images, heldOut: share, seed: seed).training
    case .cross: images
    }
  }

  /// How many detectors are trained.
  public func trainings(imageCount: Int) -> Int {
    switch self {
    case .heldOut: 1
    case .cross(let folds): min(max(2, folds), imageCount) + 1
    }
  }
}

extension TrainedModel {
  /// What decides unless another execution is asked for.
  public var calibration: Calibration { calibrations[0] }

  /// The calibration for a precision and a density.
  ///
  /// - Parameters:
  ///   - precision: What maps are computed with; nil for that of ``calibration``.
  ///   - density: At how many pixels; nil for that of ``calibration``.
  /// - Returns: The calibration.
  /// - Throws: ``CalibrationError/notCalibrated(precision:density:for:)``: scores of one execution are not
  ///   compared with those of another.
  func calibration(precision: Precision?, density: Density?) throws -> Calibration {
    guard density == nil || calibration.density != nil else { throw MappingError.noDensity }
    let (precision, density) = (precision ?? calibration.precision, density ?? calibration.density)
    let fitting = calibrations.first { $0.precision == precision && $0.density == density }
    guard let fitting else {
      throw CalibrationError.notCalibrated(
        precision: precision, density: density,
        for: calibrations.map { [$0.precision.rawValue, $0.density?.rawValue].compactMap(\.self) })
    }
    return fitting
  }

  /// The model ready to inspect.
  ///
  /// - Parameters:
  ///   - device: Where maps are computed.
  ///   - precision: With what; nil for what ``calibration`` is made for.
  ///   - density: At how many pixels; nil for what ``calibration`` is made for.
  ///   - threads: See ``Execution/threads``.
  /// - Returns: An inspector, with a mapper of its own.
  /// - Throws: ``CalibrationError`` where the model is not calibrated for that, ``PrecisionError``, and
  ///   `TensorError` where the device has no memory for it.
  public func inspector(
    on device: Device = .cpu, precision: Precision? = nil, density: Density? = nil,
    threads: Int? = nil
  ) async throws -> Inspector {
    try precision?.check(device)
    let calibration = try calibration(precision: precision, density: density)
    return Inspector(
      model: self, calibration: calibration,
      mapper: try await detector.prepared(
        for: Execution(
          on: device, precision: calibration.precision, density: calibration.density,
          threads: threads)))
  }

  /// The model with another detector in place of its own.
  public func replacing(_ detector: any AnomalyDetector) -> TrainedModel {
    var model = self
    model.detector = detector
    model.proof = nil
    if detector.describer?.receptiveField != normalPatches?.receptiveField {
      model.normalPatches = nil
    }
    return model
  }
}
