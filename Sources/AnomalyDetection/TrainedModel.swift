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
  public let detector: any AnomalyDetector
  /// The side to which images are resized before they are looked at, whatever their aspect.
  public let imageSide: Int
  /// What scores good images get.
  public let calibration: Calibration
  /// The mean score of a pixel of a good image; the lowest colour of heat maps.
  public let ordinaryScore: Float
  /// Where the model comes from.
  public let provenance: Provenance
  /// The settings of the method, as JSON.
  public let settings: String

  /// The share of good parts that may be called anomalous unless the caller chooses: 1 in 100.
  public static let defaultFalseAlarms = 0.01
  /// The share of good images that is kept aside unless the caller chooses.
  public static let defaultValidation = 0.1
  /// How many bytes of decoded training images are kept in memory; 2 GiB.
  static let imageMemory = 2 << 30
}

// MARK: - Training

extension TrainedModel {
  /// Learns what good images look like, and what scores good images get that were kept aside.
  ///
  /// - Parameters:
  ///   - method: The recipe.
  ///   - images: Good images, of any size.
  ///   - imageSide: The side to which they are resized.
  ///   - validation: The share that is kept aside: never learnt from, it calibrates the decision.
  ///   - imagesUntil: When the newest image was made.
  ///   - run: Seed, device, teachers, checkpoints and progress.
  /// - Returns: The model, ready to inspect.
  /// - Throws: ``GoodImagesError`` for fewer than two images, `CancellationError` after a last
  ///   checkpoint, and what reading images and libtorch throw.
  public static func train(
    _ method: some AnomalyMethod, on images: ImageCollection, imageSide: Int = 256,
    validation: Double = defaultValidation, imagesUntil: Date? = nil, run: TrainingRun
  ) async throws -> TrainedModel {
    let run = try identified(
      run, method, images, imageSide: imageSide, validation: validation)
    let squares = try images.resized(to: imageSide).keptInMemory(upTo: imageMemory)
    let good = try GoodImages(squares, validation: validation, seed: run.seed)
    let detector = try await method.fit(good, run: run)
    let settings = try method.json()
    let scores = try await scores(
      of: good.validation, by: detector,
      settings: "\(settings) seed \(run.seed) side \(imageSide) images \(images.count)", run)
    return TrainedModel(
      detector: detector, imageSide: imageSide,
      calibration: scores.calibration, ordinaryScore: scores.ordinary,
      provenance: Provenance(
        version: Provenance.currentVersion, fingerprint: try run.fingerprint(),
        trainingImages: good.training.count,
        validationImages: good.validation.count, validationShare: validation, seed: run.seed,
        steps: method.steps(imageCount: good.training.count), imagesUntil: imagesUntil,
        device: run.device, threads: Runtime.threads, libtorch: Runtime.libtorchVersion),
      settings: settings)
  }

  /// A run that knows all that a training depends on, and has the teachers of its method alone.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - method: The recipe.
  ///   - images: Good images.
  ///   - imageSide: The side to which they are resized.
  ///   - validation: The share that is kept aside.
  /// - Returns: The run; its fingerprint is that of the model that ``train(_:on:imageSide:validation:imagesUntil:run:)``
  ///   makes of the same.
  /// - Throws: What reading the images throws.
  public static func identified<Method: AnomalyMethod>(
    _ run: TrainingRun, _ method: Method, _ images: ImageCollection, imageSide: Int,
    validation: Double = defaultValidation
  ) throws -> TrainingRun {
    var run = run
    run.teachers = run.teachers.filter { method.receptiveFields.contains($0.key) }
    run.inputs["images"] = try images.digest()
    run.inputs["image side"] = String(imageSide)
    run.inputs["share held out"] = String(validation)
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

  /// The scores of good images that were not learnt from, and the mean of their pixels.
  private static func scores(
    of good: ImageCollection, by detector: any AnomalyDetector, settings: String,
    _ run: TrainingRun
  ) async throws -> (calibration: Calibration, ordinary: Float) {
    let measured = try await run.measurements(
      "calibrating", count: good.count, width: 2, settings: settings
    ) { number in
      let map = try detector.anomalyMap(of: good.image(number))
      let mean = map.scores.reduce(0) { $0 + Double($1) } / Double(map.scores.count)
      guard mean.isFinite else { throw TrainingError.diverged }
      return [Double(map.peak), mean]
    }
    return (
      Calibration(scores: measured.map { Float($0[0]) }),
      Float(measured.reduce(0) { $0 + $1[1] } / Double(measured.count))
    )
  }

  /// The model with its scores and its decision measured anew, in minutes where a training takes an
  /// hour: for new light, for more good images, for another density.
  ///
  /// - Parameters:
  ///   - good: Good images of any size that the model has not learnt from.
  ///   - density: Where descriptors are computed from now on; nil as before.
  ///   - run: Device, checkpoints and progress.
  /// - Returns: The model; its settings stay those that it was trained with.
  /// - Throws: ``GoodImagesError`` for no images, ``MappingError`` for a density where there is
  ///   none, and what reading images and libtorch throw.
  public func calibrated(
    on good: ImageCollection, density: Density? = nil, run: TrainingRun
  ) async throws -> TrainedModel {
    guard good.count > 0 else { throw GoodImagesError.tooFew(0) }
    var run = run
    run.inputs["model"] = try fingerprint().digits
    run.inputs["images"] = try good.digest()
    run.inputs["density"] = density?.rawValue ?? "as before"
    let squares = try good.resized(to: imageSide).keptInMemory(upTo: Self.imageMemory)
    let detector = try await detector.calibrated(on: squares, density: density, run: run)
    let scores = try await Self.scores(of: squares, by: detector, settings: "calibration", run)
    return TrainedModel(
      detector: detector, imageSide: imageSide, calibration: scores.calibration,
      ordinaryScore: scores.ordinary, provenance: provenance, settings: settings)
  }

  /// Those images of the folder that the model was trained on that were kept aside then.
  ///
  /// - Parameter images: All images of the folder.
  /// - Returns: Those kept aside.
  /// - Throws: ``GoodImagesError`` where they are more or fewer than then.
  public func keptAside(of images: ImageCollection) throws -> ImageCollection {
    let count = provenance.trainingImages + provenance.validationImages
    guard images.count == count else { throw GoodImagesError.others(images.count, than: count) }
    guard try images.digest() == provenance.fingerprint.parts["images"] else {
      throw GoodImagesError.otherContent
    }
    return try GoodImages(
      images, validation: provenance.validationShare, seed: provenance.seed
    ).validation
  }
}

extension ImageCollection {
  /// The images as squares of a side.
  public func resized(to side: Int) -> ImageCollection {
    changed { try $0.resized(height: side, width: side) }
  }
}

// MARK: - Inspecting

extension TrainedModel {
  /// Maps an image of any size and decides about it.
  ///
  /// - Parameters:
  ///   - image: The image; it is resized as the training images were.
  ///   - falseAlarms: The share of good images that may be called anomalous, in 0…1.
  ///   - progress: Told how far the map is, by methods that search for long.
  /// - Returns: Score, decision, map and regions.
  /// - Throws: `TensorError`, where memory does not suffice.
  public func inspect(
    _ image: Image, falseAlarms: Double = defaultFalseAlarms,
    progress: MappingProgress = { _, _ in }
  ) throws -> Inspection {
    let map = try detector.anomalyMap(
      of: image.resized(height: imageSide, width: imageSide), progress: progress)
    return inspection(map, of: image, falseAlarms: falseAlarms)
  }

  /// The same of several images, mapped together.
  ///
  /// For many see ``inspections(of:falseAlarms:progress:)``.
  public func inspect(
    _ images: [Image], falseAlarms: Double = defaultFalseAlarms
  ) throws -> [Inspection] {
    let maps = try detector.anomalyMaps(
      of: images.map { try $0.resized(height: imageSide, width: imageSide) })
    return zip(maps, images).map { inspection($0, of: $1, falseAlarms: falseAlarms) }
  }

  private func inspection(
    _ map: AnomalyMap, of image: Image, falseAlarms: Double
  ) -> Inspection {
    let threshold = calibration.threshold(falseAlarms: falseAlarms)
    return Inspection(
      score: map.peak, threshold: threshold, pValue: calibration.pValue(of: map.peak), map: map,
      regions: map.regions(
        above: threshold.score, imageHeight: image.height, imageWidth: image.width))
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
    HeatScale(ordinary: ordinaryScore, threshold: threshold.score)
  }

  /// The model with another detector in place of its own.
  public func replacing(_ detector: any AnomalyDetector) -> TrainedModel {
    TrainedModel(
      detector: detector, imageSide: imageSide, calibration: calibration,
      ordinaryScore: ordinaryScore, provenance: provenance, settings: settings)
  }

  /// The model on another device, or computing with other numbers.
  ///
  /// `bfloat16` is for graphics cards, and changes scores by about a hundredth.
  public func running(on device: Device, precision: ScalarType = .float32) throws -> TrainedModel {
    replacing(try detector.running(on: device, precision: precision))
  }
}

// MARK: - Files

extension TrainedModel {
  private struct Decision: Codable {
    let imageSide: Int
    let calibration: Calibration
    let ordinaryScore: Float
    let settings: String
  }

  /// Writes the model, whole or not at all.
  public func write(to path: String) throws {
    var file = ModelFile(method: type(of: detector).method)
    try file.encode(
      Decision(
        imageSide: imageSide, calibration: calibration, ordinaryScore: ordinaryScore,
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
    guard ModelBounds.imageSide.contains(decision.imageSide), decision.ordinaryScore.isFinite else {
      throw ModelFileError.damaged("its image side or its scores make no sense")
    }
    let provenance = try file.decode(Provenance.self, "provenance")
    guard provenance.makesSense else { throw ModelFileError.damaged("its origin makes no sense") }
    self.init(
      detector: try method.init(from: file), imageSide: decision.imageSide,
      calibration: decision.calibration, ordinaryScore: decision.ordinaryScore,
      provenance: provenance, settings: decision.settings)
  }
}
