public import AnomalyDetection
public import Datasets
public import Files

/// What other workers than the one that makes the model do for it.
extension TrainedModel {
  /// Makes some pieces of a training, and leaves them in the checkpoints of `run`, for
  /// ``train(_:on:framing:calibration:topShare:reading:imagesUntil:keepsNormalPatches:keepsProof:run:)`` with a run that
  /// takes pieces.
  ///
  /// - Parameters:
  ///   - part: Which of them.
  ///   - method: The recipe.
  ///   - images: Good images, of any size.
  ///   - framing: Which part of them is inspected, and how it becomes a square.
  ///   - plan: Which of them calibrate the decision.
  ///   - run: Seed, device, teachers, checkpoints and progress.
  /// - Returns: What tells the training from others.
  /// - Throws: As the whole training.
  public static func makePieces(
    _ part: WorkPart, of method: some AnomalyMethod, on images: ImageCollection,
    framing: Framing = Framing(), calibration plan: CalibrationPlan = .heldOut(), run: TrainingRun
  ) async throws -> Fingerprint {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    let run = try identified(run, method, images, framing: framing, calibration: plan)
    try Precision.fp32.prepare(run.device)
    let squares = try images.framed(by: framing).keptInMemory()
    for (place, piece) in try pieces(of: method, squares, plan, run).enumerated()
    where part.takes(place: place) {
      try await method.makePiece(piece.number, from: piece.images, run: piece.run)
    }
    return try run.fingerprint()
  }

  /// Does what the other processes of a group do while that of rank 0 trains, with the same arguments.
  ///
  /// - Parameters:
  ///   - method: The recipe.
  ///   - images: Good images, of any size.
  ///   - framing: Which part of them is inspected, and how it becomes a square.
  ///   - share: Which share of them calibrates the decision; nil for the default.
  ///   - run: Seed, device, teachers, group and progress.
  /// - Throws: As the training itself.
  public static func assist(
    _ method: some AnomalyMethod, on images: ImageCollection, framing: Framing = Framing(),
    heldOut share: Double? = nil, run: TrainingRun
  ) async throws {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    let plan = CalibrationPlan.heldOut(share: share)
    let run = try identified(run, method, images, framing: framing, calibration: plan)
    try Precision.fp32.prepare(run.device)
    // What that of rank 0 does before, so that it does not keep the others waiting.
    _ = try FrameSummary(of: images, framing) {
      try run.report("surveying images", step: $0, of: images.count)
    }
    let squares = try images.framed(by: framing).keptInMemory()
    let good = try GoodImages(squares, heldOut: share, seed: run.seed)
    try await method.assist(good.training, run: run)
  }

  /// All pieces of a training, in the order in which every worker counts them.
  private static func pieces(
    of method: some AnomalyMethod, _ images: ImageCollection, _ plan: CalibrationPlan,
    _ run: TrainingRun
  ) throws -> [(number: Int, images: ImageCollection, run: TrainingRun)] {
    let trainings =
      switch plan {
      case .heldOut(let share):
        [(try GoodImages(images, heldOut: share, seed: run.seed).training, run)]
      case .cross(let count):
        try folds(of: images, count, run).map { ($0.good.training, $0.run) } + [(images, run)]
      }
    return trainings.flatMap { images, run in
      (0..<method.pieceCount).map { ($0, images, run) }
    }
  }

  /// The folds of a calibration by several trainings, each with a run of its own.
  static func folds(
    of images: ImageCollection, _ count: Int, _ run: TrainingRun
  ) throws -> [(good: GoodImages, run: TrainingRun)] {
    let folds = try GoodImages.folds(images, count: count, seed: run.seed)
    return folds.enumerated().map { number, fold in
      (fold, run.part("fold \(number + 1) of \(folds.count)"))
    }
  }
}
