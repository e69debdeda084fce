public import Files
public import Foundation
public import Images
public import ModelFiles
public import Tensors

/// All that decides about a part: a fitted detector, the size it looks at, and its calibration.
///
/// This is what one `.students` file holds.
public struct TrainedModel: Sendable {
  /// The fitted method.
  public private(set) var detector: any AnomalyDetector
  /// The side to which images are resized before they are looked at, whatever their aspect.
  public let imageSide: Int
  /// What scores good images get.
  public private(set) var calibration: Calibration
  /// What good images are like as a whole.
  public private(set) var frames: FrameSummary
  /// How image files were read in training; those that are inspected must be read so.
  public let reading: ImageReading
  /// Where the model comes from.
  public let provenance: Provenance
  /// The settings of the method, as JSON.
  public let settings: String
  /// What the detector computes with now.
  public private(set) var precision = Precision.fp32

  /// How many bytes of decoded training images are kept in memory; 2 GiB.
  static let imageMemory = 2 << 30

  init(
    detector: any AnomalyDetector, imageSide: Int, calibration: Calibration, frames: FrameSummary,
    reading: ImageReading = .init(), provenance: Provenance, settings: String
  ) {
    self.detector = detector
    self.imageSide = imageSide
    self.calibration = calibration
    self.frames = frames
    self.reading = reading
    self.provenance = provenance
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

// MARK: - Training

extension TrainedModel {
  /// Learns what good images look like, and what scores good images get that were not learnt from.
  ///
  /// - Parameters:
  ///   - method: The recipe.
  ///   - images: Good images, of any size.
  ///   - imageSide: The side to which they are resized.
  ///   - plan: Which of them calibrate the decision.
  ///   - reading: How their files were read, for those that are inspected later.
  ///   - imagesUntil: When the newest image was made.
  ///   - run: Seed, device, teachers, checkpoints and progress.
  /// - Returns: The model, ready to inspect.
  /// - Throws: ``GoodImagesError`` for fewer than two images, `CancellationError` after a last
  ///   checkpoint, and what reading images and libtorch throw.
  public static func train(
    _ method: some AnomalyMethod, on images: ImageCollection, imageSide: Int = 256,
    calibration plan: CalibrationPlan = .heldOut(), reading: ImageReading = .init(),
    imagesUntil: Date? = nil, run: TrainingRun
  ) async throws -> TrainedModel {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    let run = try identified(run, method, images, imageSide: imageSide, calibration: plan)
    // Learning and inspecting round alike on a graphics card.
    try Precision.fp32.prepare(run.device)
    let frames = try FrameSummary(of: images) {
      try run.report("surveying images", step: $0, of: images.count)
    }
    let squares = try images.resized(to: imageSide).keptInMemory(upTo: imageMemory)
    let learnt = try await learnt(method, from: squares, plan, run)
    return TrainedModel(
      detector: learnt.detector, imageSide: imageSide, calibration: learnt.calibration,
      frames: frames, reading: reading,
      provenance: Provenance(
        version: Provenance.currentVersion, fingerprint: try run.fingerprint(),
        trainingImages: learnt.trainingImages,
        goodImages: images.count, calibration: plan, seed: run.seed,
        steps: method.steps(imageCount: learnt.trainingImages), imagesUntil: imagesUntil,
        device: run.device, threads: Runtime.threads, libtorch: Runtime.libtorchVersion),
      settings: try method.json())
  }

  /// A run that knows all that a training depends on, and has the teachers of its method alone.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - method: The recipe.
  ///   - images: Good images.
  ///   - imageSide: The side to which they are resized.
  ///   - plan: Which of them calibrate the decision.
  /// - Returns: The run; its fingerprint is that of the model that
  ///   ``train(_:on:imageSide:calibration:reading:imagesUntil:run:)`` makes of the same.
  /// - Throws: What reading the images throws.
  public static func identified<Method: AnomalyMethod>(
    _ run: TrainingRun, _ method: Method, _ images: ImageCollection, imageSide: Int,
    calibration plan: CalibrationPlan = .heldOut()
  ) throws -> TrainingRun {
    var run = run
    run.teachers = run.teachers.filter { method.receptiveFields.contains($0.key) }
    run.inputs["images"] = try images.digest()
    run.inputs["image side"] = String(imageSide)
    run.inputs["calibration"] = try plan.json()
    run.inputs["method"] = Method.Detector.method
    run.inputs["settings"] = try method.json()
    return run
  }

  /// What tells the model from all others: what it was trained with, and how it is calibrated.
  ///
  /// A history of what it decided is kept under its digits.
  public func fingerprint() throws -> Fingerprint {
    provenance.fingerprint
      .with("calibration", Digest.digits(of: Data(try calibration.json().utf8)))
      .with("density", detector.density?.rawValue ?? "none")
  }

  /// What a method learns, and its calibration by a plan.
  private static func learnt<Method: AnomalyMethod>(
    _ method: Method, from images: ImageCollection, _ plan: CalibrationPlan, _ run: TrainingRun
  ) async throws -> (detector: Method.Detector, calibration: Calibration, trainingImages: Int) {
    switch plan {
    case .heldOut(let share):
      let good = try GoodImages(images, heldOut: share, seed: run.seed)
      let detector = try await method.fit(good.training, run: run)
      let scored = try await detector.scored(good.heldOut, run)
      return (detector, Calibration(scored), good.training.count)
    case .cross(let count):
      var all: [Calibration.ScoredImage] = []
      let folds = try GoodImages.folds(images, count: count, seed: run.seed)
      for (number, fold) in folds.enumerated() {
        let part = run.part("fold \(number + 1) of \(folds.count)")
        let detector = try await method.fit(fold.training, run: part)
        all += try await detector.scored(fold.heldOut, part)
      }
      let detector = try await method.fit(images, run: run)
      return (detector, Calibration(all, kind: .cross), images.count)
    }
  }

  /// The model with its decision calibrated again, in minutes where a training takes an hour: for new
  /// light, for more good images, for another density or precision.
  ///
  /// - Parameters:
  ///   - good: Good images of any size that the model has not learnt from.
  ///   - density: Where descriptors are computed from now on; nil as before.
  ///   - precision: What maps are computed with from now on; nil as before.
  ///   - run: Device, checkpoints and progress.
  /// - Returns: The model; its settings stay those that it was trained with.
  /// - Throws: ``GoodImagesError`` for no images, ``MappingError`` for a density where there is
  ///   none, and what reading images and libtorch throw.
  public func calibrated(
    on good: ImageCollection, density: Density? = nil, precision: Precision? = nil,
    run: TrainingRun
  ) async throws -> TrainedModel {
    guard good.count > 0 else { throw GoodImagesError.tooFew(0) }
    let precision = precision ?? calibration.precision
    var run = run
    run.inputs["model"] = try fingerprint().digits
    run.inputs["images"] = try good.digest()
    run.inputs["density"] = density?.rawValue ?? "as before"
    run.inputs["precision"] = precision.rawValue
    try precision.prepare(run.device)
    var model = self
    if let density, density != detector.density { model.detector = try detector.at(density) }
    model.frames = try frames.extended(by: good) {
      try run.report("surveying images", step: $0, of: good.count)
    }
    let scored = try await model.detector.running(on: run.device, precision: precision.scalarType)
      .scored(good.resized(to: imageSide), run)
    model.calibration = Calibration(scored, precision: precision)
    return model
  }

  /// The model calibrated without some of the images that it is calibrated on, at once.
  ///
  /// - Parameter names: See ``Calibration/leavingOut(_:)``.
  /// - Returns: The model, calibrated on the others.
  /// - Throws: ``CalibrationError``.
  public func leavingOut(_ names: [String]) throws -> TrainedModel {
    var model = self
    model.calibration = try calibration.leavingOut(names)
    return model
  }

  /// Those images of the folder that the model was trained on that were held out then.
  ///
  /// - Parameter images: All images of the folder.
  /// - Returns: Those held out.
  /// - Throws: ``GoodImagesError`` where they are not those, or none was held out.
  public func heldOut(of images: ImageCollection) throws -> ImageCollection {
    guard case .heldOut(let share) = provenance.calibration else {
      throw GoodImagesError.noneHeldOut
    }
    guard images.count == provenance.goodImages else {
      throw GoodImagesError.others(images.count, than: provenance.goodImages)
    }
    guard try images.digest() == provenance.fingerprint.parts["images"] else {
      throw GoodImagesError.otherContent
    }
    return try GoodImages(images, heldOut: share, seed: provenance.seed).heldOut
  }
}

extension AnomalyDetector {
  /// What good images score that were not learnt from, by a run that knows all that this depends on.
  fileprivate func scored(
    _ good: ImageCollection, _ run: TrainingRun
  ) async throws -> [Calibration.ScoredImage] {
    let measured = try await run.measurements(
      "calibrating", count: good.count, width: 2, settings: ""
    ) { number in
      let map = try anomalyMap(of: good.image(number))
      guard map.isFinite else { throw TrainingError.diverged }
      return [
        Double(map.peak), map.scores.reduce(0) { $0 + Double($1) } / Double(map.scores.count),
      ]
    }
    return measured.enumerated().map { number, numbers in
      Calibration.ScoredImage(
        name: good.name(number), score: Float(numbers[0]), mean: Float(numbers[1]))
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

// MARK: - Files

extension TrainedModel {
  private struct Decision: Codable {
    let imageSide: Int
    let calibration: Calibration
    let frames: FrameSummary
    let reading: ImageReading
    let settings: String
  }

  /// Writes the model, whole or not at all.
  public func write(to path: String) throws {
    var file = ModelFile(method: type(of: detector).method)
    try file.encode(
      Decision(
        imageSide: imageSide, calibration: calibration, frames: frames, reading: reading,
        settings: settings), as: "decision")
    try file.encode(provenance, as: "provenance")
    try detector.write(to: &file)
    try file.write(to: path)
  }

  /// The model in a file that holds a detector of one of the given methods.
  ///
  /// - Parameters:
  ///   - file: The file, read and checked.
  ///   - methods: The detectors that may be in it.
  /// - Throws: ``ModelFileError``, and `WeightsError` where tensors do not fit the settings.
  public init(_ file: ModelFile, methods: [any AnomalyDetector.Type]) throws {
    guard let method = methods.first(where: { $0.method == file.method }) else {
      throw ModelFileError.damaged("its method '\(file.method)' is unknown to this version")
    }
    let decision = try file.decode(Decision.self, "decision")
    guard ModelBounds.imageSide.contains(decision.imageSide), decision.frames.isSound else {
      throw ModelFileError.damaged("its image side or its summary of good images makes no sense")
    }
    let provenance = try file.decode(Provenance.self, "provenance")
    guard provenance.makesSense else { throw ModelFileError.damaged("its origin makes no sense") }
    self.init(
      detector: try method.init(from: file), imageSide: decision.imageSide,
      calibration: decision.calibration, frames: decision.frames, reading: decision.reading,
      provenance: provenance, settings: decision.settings)
  }
}
