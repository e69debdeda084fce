public import AnomalyDetection
public import Datasets
public import Files
public import Foundation
public import Images
import Tensors

extension TrainedModel {
  /// Learns what good images look like, and what scores good images get that were not learnt from.
  ///
  /// - Parameters:
  ///   - method: The recipe.
  ///   - images: Good images, of any size.
  ///   - framing: Which part of them is inspected, and how it becomes a square.
  ///   - plan: Which of them calibrate the decision.
  ///   - topShare: The score of an image is the mean of this share of its pixels, those that stand out most; 0
  ///     for the most anomalous pixel alone.
  ///   - reading: How their files were read, for those that are inspected later.
  ///   - imagesUntil: When the newest image was made.
  ///   - keepsNormalPatches: Whether the model keeps patches of good images to show beside anomalous ones,
  ///     where its method has a teacher: see ``NormalPatches``.
  ///   - keepsProof: Whether the model keeps a few good images to verify it with: see ``Proof``.
  ///   - run: Seed, device, teachers, checkpoints and progress.
  /// - Returns: The model, ready to inspect.
  /// - Throws: ``GoodImagesError`` for fewer than two images, `CancellationError` after a last
  ///   checkpoint, and what reading images and libtorch throw.
  public static func train(
    _ method: some AnomalyMethod, on images: ImageCollection, framing: Framing = Framing(),
    calibration plan: CalibrationPlan = .heldOut(),
    topShare: Double = Calibration.defaultTopShare, reading: ImageReading = .init(),
    imagesUntil: Date? = nil, keepsNormalPatches: Bool = true, keepsProof: Bool = true,
    run: TrainingRun
  ) async throws -> TrainedModel {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    var run = try identified(run, method, images, framing: framing, calibration: plan)
    // Learning and inspecting round alike on a graphics card.
    try Precision.fp32.prepare(run.device)
    let frames = try FrameSummary(of: images, framing) {
      try run.report("surveying images", step: $0, of: images.count)
    }
    let squares = try images.framed(by: framing).keptInMemory()
    let learnt = try await learnt(method, from: squares, plan, topShare, run)
    // The others are done. What they have added up rounds otherwise than one process does.
    let workers = run.group?.worldSize ?? 1
    run = run.alone
    let taught = try plan.taught(of: images, seed: run.seed)
    var model = TrainedModel(
      detector: learnt.detector, framing: framing, calibrations: [learnt.calibration],
      frames: frames, reading: reading,
      provenance: Provenance(
        version: PackageVersion.current,
        fingerprint: workers > 1
          ? try run.fingerprint().with("workers", String(workers)) : try run.fingerprint(),
        trainingImages: taught.count, goodImages: images.count,
        calibration: plan, seed: run.seed,
        steps: method.steps(imageCount: taught.count), imagesUntil: imagesUntil,
        device: run.device, threads: Runtime.threads, libtorch: Runtime.libtorchVersion),
      learntFrom: try taught.marks().sorted(), settings: try method.json())
    if keepsNormalPatches { model = try model.keepingNormalPatches(of: taught, run: run) }
    return keepsProof ? try await model.proved(by: images, on: run.device) : model
  }

  /// The model with a few of the images that it is calibrated on, and what it says of them now.
  ///
  /// - Parameters:
  ///   - good: Images, among them those of ``calibration``.
  ///   - device: Where they are mapped.
  /// - Returns: The model with a ``Proof``.
  /// - Throws: What reading images and libtorch throw, and `CancellationError`.
  func proved(by good: ImageCollection, on device: Device) async throws -> TrainedModel {
    var model = self
    let inspector = try await inspector(on: device)
    let proof = try Proof(of: good, calibration, framing, reading)
    model.proof = proof.adding(try await proof.record(by: inspector.mapper, of: model))
    return model
  }

  /// The model with patches of good images to show beside anomalous ones.
  ///
  /// - Parameters:
  ///   - good: Good images of any size.
  ///   - run: Seed and progress.
  /// - Returns: The model; unchanged where its method looks through no teacher.
  /// - Throws: What reading images and libtorch throw, and `CancellationError`.
  public func keepingNormalPatches(
    of good: ImageCollection, run: TrainingRun
  ) throws -> TrainedModel {
    guard good.count > 0, let describer = detector.describer else { return self }
    var model = self
    model.normalPatches = try NormalPatches(
      of: good, framing: framing, describer: describer, run: run)
    return model
  }

  /// A run that knows all that a training depends on, and has the teachers of its method alone.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - method: The recipe.
  ///   - images: Good images.
  ///   - framing: Which part of them is inspected, and how it becomes a square.
  ///   - plan: Which of them calibrate the decision.
  /// - Returns: The run; its fingerprint is that of the model that
  ///   ``train(_:on:framing:calibration:reading:imagesUntil:run:)`` makes of the same.
  /// - Throws: What reading the images throws.
  public static func identified<Method: AnomalyMethod>(
    _ run: TrainingRun, _ method: Method, _ images: ImageCollection, framing: Framing,
    calibration plan: CalibrationPlan = .heldOut()
  ) throws -> TrainingRun {
    var run = run
    run.teachers = run.teachers.filter { method.receptiveFields.contains($0.key) }
    run.inputs["images"] = try images.digest()
    run.inputs["image side"] = String(framing.side)
    if !framing.isPlain { run.inputs["framing"] = framing.identity }
    run.inputs["calibration"] = try plan.json()
    run.inputs["method"] = Method.Detector.method
    run.inputs["settings"] = try method.json()
    return run
  }

  /// What tells the model from all others: what it was trained with, and how it is calibrated.
  ///
  /// A history of what it decided is kept under its digits.
  ///
  /// - Parameter calibration: The one that decides; nil for ``calibration``.
  /// - Returns: The named parts; their digits are the fingerprint.
  /// - Throws: What encoding the calibration throws.
  public func fingerprint(of calibration: Calibration? = nil) throws -> Fingerprint {
    let json = try (calibration ?? self.calibration).json()
    return provenance.fingerprint.with("calibration", Digest.digits(of: Data(json.utf8)))
  }

  /// The model without its ``Proof``, as before an image of a part leaves the house.
  public func withoutProof() -> TrainedModel {
    var model = self
    model.proof = nil
    return model
  }

  /// What a method learns, and its calibration by a plan.
  private static func learnt<Method: AnomalyMethod>(
    _ method: Method, from images: ImageCollection, _ plan: CalibrationPlan, _ topShare: Double,
    _ run: TrainingRun
  ) async throws -> (detector: Method.Detector, calibration: Calibration) {
    let execution = Execution(on: run.device, density: method.density)
    switch plan {
    case .heldOut(let share):
      let good = try GoodImages(images, heldOut: share, seed: run.seed)
      let detector = try await method.fit(good.training, run: run)
      let mapper = try await detector.prepared(for: execution)
      let scoring = try await run.alone.scoring(topShare, by: mapper, good.training)
      let scored = try await run.alone.scores(of: good.heldOut, by: mapper, scoring: scoring)
      return (detector, Calibration(scored, scoring: scoring, density: mapper.execution.density))
    case .cross(let count):
      var all: [Calibration.ScoredImage] = []
      for (fold, part) in try folds(of: images, count, run) {
        let mapper = try await method.fit(fold.training, run: part).prepared(for: execution)
        let scoring = try await part.scoring(topShare, by: mapper, fold.training)
        all += try await part.scores(of: fold.heldOut, by: mapper, scoring: scoring)
      }
      let detector = try await method.fit(images, run: run)
      let mapper = try await detector.prepared(for: execution)
      let scoring = try await run.alone.scoring(topShare, by: mapper, images)
      let density = mapper.execution.density
      return (detector, Calibration(all, scoring: scoring, kind: .cross, density: density))
    }
  }

  /// The model with its decision calibrated again, in minutes where a training takes an hour: for new
  /// light, for more good images, for another density or precision.
  ///
  /// - Parameters:
  ///   - good: Good images of any size that the model has not learnt from.
  ///   - density: Where descriptors are computed from now on; nil as before.
  ///   - precision: What maps are computed with from now on; nil as before.
  ///   - topShare: The share of its pixels whose mean is an image's score from now on; nil as before.
  ///   - learnt: Images that the model has learnt from, for a model of an older version that does not know how
  ///     high surroundings rise in them: see ``ImageScoring``. Nil leaves that as it is.
  ///   - keepsProof: Whether the model carries a ``Proof``; nil where it does so far.
  ///   - run: Device, checkpoints and progress.
  /// - Returns: The model; its settings stay those that it was trained with.
  /// - Throws: ``GoodImagesError`` for no images and for some that were learnt from,
  ///   ``MappingError`` for a density where there is none, and what reading images and libtorch throw.
  public func calibrated(
    on good: ImageCollection, density: Density? = nil, precision: Precision? = nil,
    topShare: Double? = nil, learnt: ImageCollection? = nil, keepsProof: Bool? = nil,
    run: TrainingRun
  ) async throws -> TrainedModel {
    try checkUnknown(good)
    let execution = try Execution(
      on: run.device, precision: precision ?? calibration.precision,
      density: density ?? calibration.density
    ).resolved(for: detector)
    let (precision, density) = (execution.precision, execution.density)
    var run = run
    run.inputs["model"] = try fingerprint().digits
    run.inputs["images"] = try good.digest()
    run.inputs["density"] = density?.rawValue ?? "none"
    run.inputs["precision"] = precision.rawValue
    let frames = try frames.extended(by: good, framing) {
      try run.report("surveying images", step: $0, of: good.count)
    }
    let mapper = try await detector.prepared(for: execution)
    let topShare = topShare ?? calibration.scoring.topShare
    let scoring =
      if let known = calibration.scoring.surroundings {
        ImageScoring(topShare: topShare, surroundings: topShare > 0 ? known : nil)
      } else if let learnt {
        try await run.scoring(topShare, by: mapper, learnt, framing: framing)
      } else {
        ImageScoring(topShare: topShare)
      }
    let scored = try await run.scores(of: good, by: mapper, framing: framing, scoring: scoring)
    let new = Calibration(scored, scoring: scoring, precision: precision, density: density)
    var model = deciding(by: new, frames)
    guard keepsProof ?? (proof != nil) else {
      model.proof = nil
      return model
    }
    let proof = try model.proof ?? Proof(of: good, model.calibration, framing, reading)
    model.proof = proof.adding(try await proof.record(by: mapper, of: model))
    return model
  }

  /// The same with scores that are known, because the model has inspected these images.
  ///
  /// - Parameters:
  ///   - scored: What ``calibration`` was compared with, an image of `good` each.
  ///   - good: The images.
  /// - Returns: The model.
  /// - Throws: As ``calibrated(on:density:precision:topShare:learnt:keepsProof:run:)``.
  public func calibrated(
    by scored: [Calibration.ScoredImage], of good: ImageCollection
  ) throws -> TrainedModel {
    try checkUnknown(good)
    let new = Calibration(
      scored, scoring: calibration.scoring, precision: calibration.precision,
      density: calibration.density)
    return deciding(by: new, try frames.extended(by: good, framing))
  }

  /// The model whose decision a new calibration makes, and whose good images are those before and some more.
  private func deciding(by new: Calibration, _ frames: FrameSummary) -> TrainedModel {
    var model = self
    model.frames = frames
    // Those of other images tell of another light.
    let names = Set(new.images.map(\.name))
    model.calibrations =
      [new]
      + calibrations.filter {
        ($0.precision != new.precision || $0.density != new.density)
          && $0.scoring == new.scoring && Set($0.images.map(\.name)) == names
      }
    model.proof = model.proof?.keeping(model.calibrations)
    return model
  }

  /// Refuses no images, and those that the model has learnt from.
  private func checkUnknown(_ good: ImageCollection) throws {
    guard good.count > 0 else { throw GoodImagesError.noneToCalibrate }
    let known = try learnt(from: good)
    guard known.isEmpty else { throw GoodImagesError.learntFrom(known, of: good.count) }
  }

  /// The names of those images that the model has learnt from; on these, scores are too low.
  ///
  /// An image is known by the bytes of its file: a copy is found, what was saved again is not.
  public func learnt(from images: ImageCollection) throws -> [String] {
    let known = Set(learntFrom)
    return try images.marks().enumerated().filter { known.contains($1) }.map {
      images.name($0.offset)
    }
  }

  /// The model calibrated without some of the images that it is calibrated on, at once.
  ///
  /// - Parameter names: See ``Calibration/leavingOut(_:)``.
  /// - Returns: The model, calibrated on the others.
  /// - Throws: ``CalibrationError``.
  public func leavingOut(_ names: [String]) throws -> TrainedModel {
    var model = self
    model.calibrations = try calibrations.map { try $0.leavingOut(names) }
    return model
  }

  /// The images of the folder that the model was trained on, in two parts.
  ///
  /// - Parameter images: All images of the folder.
  /// - Returns: Those that were learnt from, and those that were held out.
  /// - Throws: ``GoodImagesError`` where they are not those, or none was held out.
  public func parts(of images: ImageCollection) throws -> GoodImages {
    guard case .heldOut(let share) = provenance.calibration else {
      throw GoodImagesError.noneHeldOut
    }
    guard images.count == provenance.goodImages else {
      throw GoodImagesError.others(images.count, than: provenance.goodImages)
    }
    guard try images.digest() == provenance.fingerprint.parts["images"] else {
      throw GoodImagesError.otherContent
    }
    return try GoodImages(images, heldOut: share, seed: provenance.seed)
  }
}
