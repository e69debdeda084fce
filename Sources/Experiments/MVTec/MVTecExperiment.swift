public import Files
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

  let folder: String

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
  func fields(of method: MethodEntry) -> [ReceptiveField] {
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
  ///   - part: The part of the cells that is filled, and kept beside `output` for ``JoinedTable``; nil for all
  ///     of them.
  ///   - run: Seed, device, teachers and progress; checkpoints are kept beside `output`.
  ///   - filled: Called with each new cell.
  ///   - leftBehind: Called with each folder of finished work that cannot be deleted.
  /// - Returns: All cells, or those of the part.
  /// - Throws: ``ExperimentError`` and ``PartError`` about `output`, and `CancellationError`.
  public func results(
    output: String?, part: WorkPart? = nil, run: TrainingRun,
    filled: (MVTecResults.Cell) -> Void = { _ in },
    leftBehind: @escaping (String) -> Void = { _ in }
  ) async throws -> MVTecResults {
    let kept = KeptResults<MVTecResults>(output, part: part, plan: try plan(run))
    let work = UnfinishedWork(on: kept.path, leftBehind: leftBehind)
    var asked = MVTecResults(
      configuration: .init(
        students: students.upperBound, recipe: recipe, epochs: epochs, imageSide: imageSide,
        seed: run.seed),
      device: run.device)
    for field in receptiveFields {
      asked.teachers[field.rawValue] = try run.teacher(field).fingerprint()
    }
    var results = try kept.goingOn(asked)
    for category in categories {
      for method in methods where kept.takes(places(category, method)[0]) {
        // Where they cannot be told, the images cannot be read, which a cell says.
        let inputs = Result { try self.inputs(category, method, run) }
        let missing = rows(of: method).filter { row in
          let cell = results.cell(category, method, row.scales, students: row.students)
          return cell?.evaluation == nil || cell?.inputs != (try? inputs.get().all)
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
        try kept.write(results)
      }
    }
    return results
  }

  /// The places of the cells that one training of a method on a category fills.
  private func places(_ category: String, _ method: MethodEntry) -> [MVTecResults.Place] {
    rows(of: method).map {
      .init(category: category, method: method, scales: $0.scales, students: $0.students)
    }.sorted()
  }

  /// All cells, as every worker plans them: by methods, the dearest of which are spread over categories.
  private func plan(_ run: TrainingRun) throws -> [PlannedCells] {
    let encoder = try run.encoder?.digest() ?? ""
    let all = Set(methods).flatMap { method in Set(categories).map { ($0, method) } }
    return try all.sorted { places($0.0, $0.1)[0] < places($1.0, $1.1)[0] }.map {
      category, method in
      let settings = [
        try settings(of: method, category).json(), method.needsEncoder ? encoder : "",
      ]
      return PlannedCells(
        cells: places(category, method).map(\.description), settings: Digest.digits(of: settings))
    }
  }

  /// Trains a method on a category and measures it, or says what went wrong.
  private func cells(
    _ category: String, _ method: MethodEntry, _ rows: [Row], of inputs: Result<Inputs, any Error>,
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
        (cell.inputs, cell.images) = (inputs.all, inputs.images)
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
}
