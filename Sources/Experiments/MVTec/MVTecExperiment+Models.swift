import Files
import Foundation
import UninformedStudents

/// What is trained for a cell, and what it is measured on.
extension MVTecExperiment {
  /// The good images of a category.
  func images(_ category: String) throws -> ImageCollection {
    let category = "\(folder)/\(category)"
    let good = try MVTecCategory.trainingFolder(of: category) ?? "\(category)/train/good"
    return ImageCollection(try ImageFolder(good), maxPixels: maxPixels)
  }

  /// The same, split as for a training.
  func good(_ category: String, seed: UInt64) throws -> GoodImages {
    try GoodImages(images(category).framed(by: framing), seed: seed)
  }

  /// The test images of a category.
  func test(_ category: String) throws -> [MVTecCategory.Item] {
    try MVTecCategory("\(folder)/\(category)").test
  }

  /// Where the model of a category is kept.
  static func modelPath(_ category: String, _ method: MethodEntry, output: String) -> String {
    "\(output).models/\(name(category, method)).students"
  }

  /// What tells the model of a category from the others.
  static func name(_ category: String, _ method: MethodEntry) -> String {
    "\(category)-\(method.name)"
  }

  /// What tells all that figures depend on from others, and the images alone.
  struct Inputs {
    let all: String
    let images: String
  }

  /// What the figures of a method on a category depend on.
  func inputs(
    _ category: String, _ method: MethodEntry, _ run: TrainingRun
  ) throws -> Inputs {
    let training = try TrainedModel.identified(
      run, settings(of: method, category), images(category), framing: framing)
    let test = try test(category).flatMap { item in
      try [item.defect, Digest.digits(ofFile: item.path) ?? "", String(item.masks.count)]
        + item.masks.map { try Digest.digits(ofFile: $0) ?? "" }
    }
    return Inputs(
      all: Digest.digits(
        of: [try training.fingerprint().digits, "top \(Calibration.defaultTopShare)"] + test),
      images: Digest.digits(of: [training.inputs["images"] ?? ""] + test))
  }

  /// The model of a category that an earlier run has kept; nil where it is of another recipe, of other
  /// images or teachers.
  func keptModel(
    _ category: String, _ method: MethodEntry, output: String, run: TrainingRun
  ) throws -> TrainedModel? {
    let path = Self.modelPath(category, method, output: output)
    let asked = try TrainedModel.identified(
      run, settings(of: method, category), images(category), framing: framing)
    guard let model = try kept(path, TrainedModel.init(contentsOf:)),
      try model.provenance.fingerprint == asked.fingerprint()
    else { return nil }
    return model
  }

  /// The model of a category, trained now or by an earlier run.
  func model(
    _ category: String, _ method: MethodEntry, _ output: String?, _ work: UnfinishedWork,
    _ run: TrainingRun
  ) async throws -> (model: TrainedModel, seconds: Double?) {
    let path = output.map { Self.modelPath(category, method, output: $0) }
    if let output, let kept = try keptModel(category, method, output: output, run: run) {
      // A run may have ended between the model and this.
      work.clearUp(Self.name(category, method))
      return (kept, nil)
    }
    var own = run
    own.checkpoints = work.checkpoints(Self.name(category, method))
    let start = ContinuousClock.now
    let model = try await TrainedModel.train(
      settings(of: method, category), on: images(category), framing: framing, run: own)
    if let path {
      try makeFolder(of: path)
      try model.write(to: path)
    }
    let seconds = own.checkpoints?.seconds ?? (ContinuousClock.now - start) / .seconds(1)
    work.clearUp(Self.name(category, method))
    return (model, seconds)
  }

  /// A detector for each receptive field that is asked for and that a model has.
  func detectors(of model: TrainedModel) -> [any AnomalyDetector] {
    guard let students = model.detector as? StudentTeacherDetector else { return [model.detector] }
    return scales.compactMap { students.keeping([$0]) }
  }

  /// The maps of the test images by a detector, computed as for a calibration.
  func scores(
    by detector: any AnomalyDetector, _ calibration: Calibration, _ category: String,
    _ run: TrainingRun
  ) async throws -> CategoryScores {
    let category = try MVTecCategory("\(folder)/\(category)")
    let execution = Execution(on: run.device, density: calibration.density)
    var done = 0
    return try await CategoryScores(
      of: category, category.images(maxPixels: maxPixels),
      by: detector.prepared(for: execution), framing: framing,
      scoring: calibration.scoring, maxPixels: maxPixels
    ) { _, _, _ in
      done += 1
      try run.report("mapping", step: done, of: category.test.count)
    }
  }

  /// A method with its settings for a category.
  func settings(of method: MethodEntry, _ category: String) -> any AnomalyMethod {
    var options = MethodOptions()
    options.scales = fields(of: method)
    options.students = students.upperBound
    options.recipe = recipe
    options.epochs = method.hasStudents ? epochs : nil
    options.kind = textures.contains(category) ? .texture : .object
    options.encoderDepth = encoderDepth
    return method.method(options)
  }
}
