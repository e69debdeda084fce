import Files
import Foundation
public import UninformedStudents

/// The paper's tables of MVTec AD: every category, method by method, and by receptive field.
///
/// Bergmann et al. (2020), Section 4.2. Each method learns from `train/good` of a category and is
/// measured on its `test`; one training of the student-teacher method gives all its rows.
public struct MVTecExperiment: Sendable {
  /// The categories, by the names of their folders.
  public var categories: [String]
  /// The methods that are compared.
  public var methods = MethodEntry.mvtec
  /// The receptive fields of the student-teacher method; others that have one take p = 65, as in the
  /// paper.
  public var scales = ReceptiveField.allCases
  /// Students for each receptive field; of several numbers the largest is trained, and the smaller
  /// ones are rows of their own.
  public var students = 3...3
  /// How long students and networks of images are trained.
  public var recipe = Recipe.fast
  /// Times that students see each image; nil for the recipe's own number.
  public var epochs: Int?
  /// The categories that look alike everywhere, which methods in image space learn in patches.
  public var textures: Set = ["carpet", "grid", "leather", "tile", "wood"]
  /// After how many stages or blocks the dictionary of features takes those of the run's encoder.
  public var encoderDepth: Int?
  /// The side to which images are resized.
  public var imageSide = 256
  /// As in the paper, whole images are squashed.
  var framing: Framing { Framing(side: imageSide) }
  /// The most pixels that a file may promise.
  public var maxPixels = Image.defaultPixelLimit

  private let folder: String

  /// All categories of a folder in the layout of MVTec AD.
  ///
  /// - Parameter folder: Of folders with `train/good` and `test`, or one such folder itself.
  /// - Throws: ``ExperimentError`` where there is none, `FolderError` or `DatasetError` where a folder
  ///   cannot be listed: no category is left out for that.
  public init(_ folder: String) throws {
    let found = try names(inFolder: folder).filter { name in
      try !isHidden(name) && Self.isCategory(SystemPath.joined(folder, name))
    }
    if try found.isEmpty && Self.isCategory(folder) {
      (self.folder, categories) = Self.parted(folder)
    } else {
      self.folder = folder
      categories = found
    }
    guard !categories.isEmpty else { throw ExperimentError.noCategories(folder) }
  }

  /// The folder that a category lies in, and its name; as they were given where that tells both, since
  /// models keep the names of images.
  private static func parted(_ category: String) -> (folder: String, names: [String]) {
    let isNamed = !["", ".", ".."].contains(SystemPath.name(category))
    let path = isNamed ? category : SystemPath.resolved(category)
    let name = SystemPath.name(path)
    let ends = path.reversed().prefix { $0 == "/" }.count
    // The slash between them is added again.
    let parent = path.dropLast(name.count + ends)
    let folder = parent.count > 1 && parent.last == "/" ? parent.dropLast() : parent
    return (folder.isEmpty ? "." : String(folder), [name])
  }

  private static func isCategory(_ folder: String) throws -> Bool {
    guard try isFolder(folder), try MVTecCategory.trainingFolder(of: folder) != nil else {
      return false
    }
    return try MVTecCategory.testFolder(of: folder) != nil
  }

  /// The receptive fields of the teachers that a method needs.
  private func fields(of method: MethodEntry) -> [ReceptiveField] {
    method.fusesScales ? scales : method.receptiveFields
  }

  /// All receptive fields that teachers are needed for.
  public var receptiveFields: [ReceptiveField] {
    ReceptiveField.allCases.filter { field in methods.contains { fields(of: $0).contains(field) } }
  }

  /// A row of the tables.
  private struct Row {
    let scales: [ReceptiveField]
    /// Nil for methods without students.
    let students: Int?
  }

  /// The rows that one training of a method gives: each receptive field, all together, and all with
  /// fewer students.
  private func rows(of method: MethodEntry) -> [Row] {
    let fields = fields(of: method)
    let scales = fields.count == 1 ? [fields] : fields.map { [$0] } + [fields]
    guard method.hasStudents else { return scales.map { Row(scales: $0, students: nil) } }
    return scales.map { Row(scales: $0, students: students.upperBound) }
      + students.dropLast().map { Row(scales: fields, students: $0) }
  }

  /// Fills the cells that are not filled yet, and keeps each as soon as it is.
  ///
  /// Where a method fails on a category, its cells say why, and the others go on; a later run tries
  /// again.
  ///
  /// - Parameters:
  ///   - output: Where results are kept, and found again by a later run; nil for nowhere. Models are
  ///     kept in a folder beside it.
  ///   - run: Seed, device, teachers and progress; checkpoints are kept beside `output`.
  ///   - filled: Called with each new cell.
  ///   - leftBehind: Called with each folder of finished work that cannot be deleted.
  /// - Returns: All cells.
  /// - Throws: ``ExperimentError`` about `output`, and `CancellationError`.
  public func results(
    output: String?, run: TrainingRun, filled: (MVTecResults.Cell) -> Void = { _ in },
    leftBehind: @escaping (String) -> Void = { _ in }
  ) async throws -> MVTecResults {
    let work = UnfinishedWork(on: output, leftBehind: leftBehind)
    var results = try MVTecResults(
      configuration: .init(
        students: students.upperBound, recipe: recipe, epochs: epochs, imageSide: imageSide,
        seed: run.seed),
      device: run.device
    ).goingOn(output)
    for field in receptiveFields {
      let fingerprint = try run.teacher(field).fingerprint()
      guard results.teachers[field.rawValue] ?? fingerprint == fingerprint else {
        throw ExperimentError.otherResults(output ?? "")
      }
      results.teachers[field.rawValue] = fingerprint
    }
    for category in categories {
      for method in methods {
        // Where they cannot be told, the images cannot be read, which a cell says.
        let inputs = Result { try self.inputs(category, method, run) }
        let missing = rows(of: method).filter { row in
          let cell = results.cell(category, method, row.scales, students: row.students)
          return cell?.evaluation == nil || cell?.inputs != (try? inputs.get())
        }
        guard !missing.isEmpty else {
          // The disk may not have let a run clear up.
          work.clearUp(Self.name(category, method))
          continue
        }
        for cell in try await cells(category, method, missing, of: inputs, output, work, run) {
          results.fill(cell)
          filled(cell)
        }
        if let output { try results.write(to: output) }
      }
    }
    return results
  }

  /// Trains a method on a category and measures it, or says what went wrong.
  private func cells(
    _ category: String, _ method: MethodEntry, _ rows: [Row], of inputs: Result<String, any Error>,
    _ output: String?, _ work: UnfinishedWork, _ run: TrainingRun
  ) async throws -> [MVTecResults.Cell] {
    var own = run
    own.progress = { progress in
      run.progress(
        TrainingRun.Progress(
          phase: "\(category), \(method.name): \(progress.phase)", step: progress.step,
          steps: progress.steps, figures: progress.figures))
    }
    do {
      let inputs = try inputs.get()
      let (model, seconds) = try await model(category, method, output, work, own)
      let fields = fields(of: method)
      var ofFields: [CategoryScores] = []
      for detector in detectors(of: model) {
        ofFields.append(try await scores(by: detector, model.calibration, category, own))
      }
      var cells: [MVTecResults.Cell] = []
      for row in rows {
        var parts: [CategoryScores]
        if let count = row.students, count < students.upperBound,
          let all = model.detector as? StudentTeacherDetector
        {
          let fewer = try await all.keeping(
            students: count, density: model.calibration.density,
            normalizedOn: good(category, seed: run.seed).training,
            run: TrainingRun(seed: run.seed, device: run.device, progress: own.progress))
          parts = [try await scores(by: fewer, model.calibration, category, own)]
        } else {
          // A method without receptive fields has one set of maps.
          parts = fields.isEmpty ? ofFields : []
          parts += fields.indices.filter { row.scales.contains(fields[$0]) }.map { ofFields[$0] }
        }
        var cell = MVTecResults.Cell(
          category: category, method: method, scales: row.scales, students: row.students,
          evaluation: try CategoryScores.fused(parts).evaluation(), trainingSeconds: seconds)
        cell.inputs = inputs
        cells.append(cell)
      }
      return cells
    } catch let error as CancellationError {
      throw error
    } catch {
      return rows.map {
        MVTecResults.Cell(
          category: category, method: method, scales: $0.scales, students: $0.students,
          error: "\(error)")
      }
    }
  }

  /// The good images of a category.
  private func images(_ category: String) throws -> ImageCollection {
    let category = "\(folder)/\(category)"
    let good = try MVTecCategory.trainingFolder(of: category) ?? "\(category)/train/good"
    return ImageCollection(try ImageFolder(good), maxPixels: maxPixels)
  }

  /// The same, split as for a training.
  private func good(_ category: String, seed: UInt64) throws -> GoodImages {
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
  private static func name(_ category: String, _ method: MethodEntry) -> String {
    "\(category)-\(method.name)"
  }

  /// The digits of all that the figures of a method on a category depend on.
  private func inputs(
    _ category: String, _ method: MethodEntry, _ run: TrainingRun
  ) throws -> String {
    let training = try TrainedModel.identified(
      run, settings(of: method, category), images(category), framing: framing)
    let test = try test(category).flatMap { item in
      try [item.defect, Digest.digits(ofFile: item.path) ?? "", String(item.masks.count)]
        + item.masks.map { try Digest.digits(ofFile: $0) ?? "" }
    }
    return Digest.digits(of: [try training.fingerprint().digits] + test)
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
  private func model(
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
  private func detectors(of model: TrainedModel) -> [any AnomalyDetector] {
    guard let students = model.detector as? StudentTeacherDetector else { return [model.detector] }
    return scales.compactMap { students.keeping([$0]) }
  }

  /// The maps of the test images by a detector, computed as for a calibration.
  private func scores(
    by detector: any AnomalyDetector, _ calibration: Calibration, _ category: String,
    _ run: TrainingRun
  ) async throws -> CategoryScores {
    let category = try MVTecCategory("\(folder)/\(category)")
    let execution = Execution(on: run.device, density: calibration.density)
    var done = 0
    return try await CategoryScores(
      of: category, category.images(maxPixels: maxPixels),
      by: detector.prepared(for: execution), framing: framing, maxPixels: maxPixels
    ) { _, _, _ in
      done += 1
      try run.report("mapping", step: done, of: category.test.count)
    }
  }

  /// A method with its settings for a category.
  private func settings(of method: MethodEntry, _ category: String) -> any AnomalyMethod {
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
