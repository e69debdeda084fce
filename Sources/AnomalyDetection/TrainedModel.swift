public import Images
public import Tensors

/// All that decides about a part: a fitted detector, the size it looks at, and its calibration.
///
/// This is what one `.students` file holds.
public struct TrainedModel: Sendable {
  /// The fitted method.
  public internal(set) var detector: any AnomalyDetector
  /// The side to which images are resized before they are looked at, whatever their aspect.
  public let imageSide: Int
  /// What scores good images get.
  public internal(set) var calibration: Calibration
  /// What good images are like as a whole.
  public internal(set) var frames: FrameSummary
  /// How image files were read in training; those that are inspected must be read so.
  public let reading: ImageReading
  /// Where the model comes from.
  public let provenance: Provenance
  /// What tells each image that was learnt from, ascending (see ``ImageCollection/marks()``).
  let learntFrom: [String]
  /// The settings of the method, as JSON.
  public let settings: String
  /// What the detector computes with now.
  public internal(set) var precision = Precision.fp32

  /// How many bytes of decoded training images are kept in memory; 2 GiB.
  static let imageMemory = 2 << 30

  init(
    detector: any AnomalyDetector, imageSide: Int, calibration: Calibration, frames: FrameSummary,
    reading: ImageReading = .init(), provenance: Provenance, learntFrom: [String],
    settings: String
  ) {
    self.detector = detector
    self.imageSide = imageSide
    self.calibration = calibration
    self.frames = frames
    self.reading = reading
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

  /// How many detectors are trained.
  public func trainings(imageCount: Int) -> Int {
    switch self {
    case .heldOut: 1
    case .cross(let folds): min(max(2, folds), imageCount) + 1
    }
  }
}

// MARK: - Inspecting

extension TrainedModel {
  /// Maps an image of any size and decides about it.
  ///
  /// - Parameters:
  ///   - image: The image; it is resized as the training images were.
  ///   - falseAlarms: The share of good images that may be called anomalous, in 0…1; nil for
  ///     ``Calibration/defaultFalseAlarms``.
  ///   - progress: Told how far the map is, by methods that search for long.
  /// - Returns: Score, decision, map and regions.
  /// - Throws: ``InspectionError`` where there is no decision, and `TensorError`, where memory does
  ///   not suffice.
  public func inspect(
    _ image: Image, falseAlarms: Double? = nil, progress: MappingProgress = { _, _ in }
  ) throws -> Inspection {
    let map = try detector.anomalyMap(
      of: image.resized(height: imageSide, width: imageSide), progress: progress)
    return try inspection(map, of: image, falseAlarms: falseAlarms)
  }

  /// The same of several images, mapped together.
  ///
  /// For many see ``inspections(of:falseAlarms:progress:)``.
  public func inspect(_ images: [Image], falseAlarms: Double? = nil) throws -> [Inspection] {
    let maps = try detector.anomalyMaps(
      of: images.map { try $0.resized(height: imageSide, width: imageSide) })
    return try zip(maps, images).map { try inspection($0, of: $1, falseAlarms: falseAlarms) }
  }

  /// The one place where a map becomes a decision.
  ///
  /// It fails closed: what is no number is never good, and scores that were computed otherwise than those
  /// of the calibration are not compared with them.
  private func inspection(
    _ map: AnomalyMap, of image: Image, falseAlarms: Double?
  ) throws -> Inspection {
    guard map.isFinite else { throw InspectionError.notFinite }
    guard precision == calibration.precision else {
      throw CalibrationError.otherPrecision(precision, calibrated: calibration.precision)
    }
    let threshold = calibration.threshold(falseAlarms: falseAlarms)
    return Inspection(
      score: map.peak, threshold: threshold, pValue: calibration.pValue(of: map.peak), map: map,
      regions: map.regions(
        above: threshold.score, imageHeight: image.height, imageWidth: image.width),
      unlike: try frames.unlikeness(of: image) + calibration.unlikeness(of: map.peak))
  }

  /// The image with its scores laid over it, in colours that mean the same for every image.
  ///
  /// Pixels of ordinary score keep their own colours; full colour means at or above the threshold.
  public func heatMap(of image: Image, _ inspection: Inspection) throws -> Image {
    let map = inspection.map
    return try image.overlaid(
      stretching: map.scores, height: map.height, width: map.width,
      scale: heatScale(inspection.threshold))
  }

  /// The colours of scores, shared by all images of the model.
  public func heatScale(_ threshold: Calibration.Threshold) -> HeatScale {
    HeatScale(ordinary: calibration.ordinaryScore, threshold: threshold.score)
  }

  /// The model with another detector in place of its own.
  public func replacing(_ detector: any AnomalyDetector) -> TrainedModel {
    var model = self
    model.detector = detector
    return model
  }

  /// The model on another device, or computing with other numbers.
  ///
  /// - Parameters:
  ///   - device: Where maps are computed.
  ///   - precision: With what; nil for what the model is calibrated with. With another it decides
  ///     nothing: ``inspect(_:falseAlarms:progress:)`` throws.
  /// - Returns: The model.
  /// - Throws: ``PrecisionError``, and `TensorError` where the device has no memory for it.
  public func running(on device: Device, precision: Precision? = nil) throws -> TrainedModel {
    let precision = precision ?? calibration.precision
    try precision.prepare(device)
    var model = replacing(try detector.running(on: device, precision: precision.scalarType))
    model.precision = precision
    return model
  }
}
