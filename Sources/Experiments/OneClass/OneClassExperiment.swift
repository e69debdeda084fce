public import Files
import Foundation
public import UninformedStudents

/// The paper's tables of one-class classification.
///
/// Each class is learnt alone, and the others of the test set are anomalous (Bergmann et al. 2020,
/// Section 4.1, and supplement).
public struct OneClassExperiment: Sendable {
  /// The data set.
  public var dataset: OneClassDataset
  /// The methods that are compared.
  public var methods = MethodEntry.oneClassDefault
  /// The numbers of the classes that are learnt.
  public var classes = Array(0..<10)
  /// The most images of a class that are learnt from; nil for all.
  public var trainLimit: Int?
  /// The most test images; nil for all.
  public var testLimit: Int?
  /// How students are trained.
  public var students = PatchStudents.Settings()
  /// How OCGAN is trained.
  public var ocgan = OCGAN.Settings(.fast)
  /// The whole table of a data set.
  public init(_ dataset: OneClassDataset) {
    self.dataset = dataset
  }

  /// Fills the cells that are not filled yet, and keeps each as soon as it is.
  ///
  /// - Parameters:
  ///   - data: The data set.
  ///   - teachers: Describe the images, each zoomed to a patch: students learn from each in a row of its
  ///     own, other methods judge what the first says. At least one.
  ///   - output: Where results are kept, and found again by a later run; nil for nowhere.
  ///   - part: The part of the cells that is filled, and kept beside `output` for ``JoinedTable``; nil for all
  ///     of them.
  ///   - run: Seed, device and progress; checkpoints are kept beside `output`.
  ///   - filled: Called with each new cell, and the number of seconds that the rest will take about.
  ///   - leftBehind: Called with each folder of finished work that cannot be deleted.
  /// - Returns: All cells, or those of the part.
  /// - Throws: ``ExperimentError`` and ``PartError`` about `output`, and what methods throw.
  public func results(
    data: ClassificationDataset, teachers: [OneClassTeacher], output: String?,
    part: WorkPart? = nil, run: TrainingRun,
    filled: (OneClassResults.Cell, _ secondsLeft: Double) -> Void = { _, _ in },
    leftBehind: @escaping (String) -> Void = { _ in }
  ) async throws -> OneClassResults {
    let test = testLimit.map { data.test.spread($0) } ?? data.test
    let taught = taughtRows(teachers)
    let names = classes.map { data.classes[$0] }
    let places = taught.flatMap(\.rows).flatMap { row in
      names.map { OneClassResults.Place(row: row, name: $0) }
    }
    let plan = Set(places).sorted().map { PlannedCells(cells: [$0.description]) }
    let kept = KeptResults<OneClassResults>(output, part: part, plan: plan)
    let asked = OneClassResults(
      configuration: .init(
        dataset: dataset, pictures: Digest.digits(of: [data.training.digest(), test.digest()]),
        trainLimit: trainLimit, testLimit: testLimit, students: students, ocgan: ocgan,
        seed: run.seed), device: run.device)
    var results = try kept.goingOn(asked.knowing(taught))
    let unfinished = UnfinishedWork(on: kept.path, leftBehind: leftBehind)
    // The disk may not have let a run clear up.
    for cell in results.cells { unfinished.clearUp(cell.row.work(cell.name)) }
    var work = Work(places.filter(kept.takes), results)
    guard !work.isDone else { return results }
    for number in classes {
      let training = data.training.numbers(of: number, limit: trainLimit).count
      let tested = test.numbers(of: number).count
      guard training >= 2, tested >= 1 else {
        throw ExperimentError.tooFewImages(
          of: data.classes[number], training: training, test: tested)
      }
    }
    // A teacher after the other: what one says of all images takes memory.
    for taught in taught where work.isOpen(taught.rows) {
      let cache = DescriptorCache(
        folder: output.map { "\($0).descriptors" }, teacher: taught.teacher.network)
      let trainingDescriptors = try cache.descriptors(
        of: data.training, "\(dataset.rawValue)-train", run)
      let testDescriptors = try cache.descriptors(
        of: test, "\(dataset.rawValue)-test-\(test.count)", run)
      for number in classes {
        let numbers = data.training.numbers(of: number, limit: trainLimit)
        let task = OneClassTask(
          teacher: taught.teacher.network, training: data.training.selecting(numbers),
          trainingDescriptors: try trainingDescriptors.selecting(numbers), test: test,
          testDescriptors: testDescriptors, students: students, ocgan: ocgan)
        for row in taught.rows {
          let name = data.classes[number]
          guard results.cell(row, name) == nil, kept.takes(.init(row: row, name: name)) else {
            continue
          }
          var own = run
          own.inputs["configuration"] = try results.configuration.json()
          own.inputs["class"] = name
          own.inputs["method"] = row.method.name
          own.inputs["teacher"] = results.teacher(of: row)
          own.checkpoints = unfinished.checkpoints(row.work(name))
          let cell = try await cell(task, row, number, name, own)
          results.fill(cell)
          try kept.write(results)
          // Not before its cell is kept.
          unfinished.clearUp(row.work(name))
          work.finish(cell)
          filled(cell, work.secondsLeft)
        }
      }
    }
    return results
  }

  /// The rows that belong to each teacher; those of no teacher go with the first.
  private func taughtRows(_ teachers: [OneClassTeacher]) -> [TaughtRows] {
    teachers.enumerated().map { number, teacher in
      TaughtRows(
        teacher: teacher,
        rows: methods.filter { $0.hasStudents || number == 0 }.map {
          OneClassResults.Row(method: $0, losses: $0.hasStudents ? teacher.losses : nil)
        })
    }
  }

  private func cell(
    _ task: OneClassTask, _ row: OneClassResults.Row, _ number: Int, _ name: String,
    _ run: TrainingRun
  ) async throws -> OneClassResults.Cell {
    let method = row.method
    var own = run
    own.progress = { progress in
      run.progress(
        TrainingRun.Progress(
          phase: "\(row.work(name)): \(progress.phase)", step: progress.step,
          steps: progress.steps, figures: progress.figures))
    }
    let start = ContinuousClock.now
    guard let column = method.oneClassColumn else { throw ExperimentError.notOneClass(method.name) }
    let scores = try await column.scores(task, own)
    let seconds = own.checkpoints?.seconds ?? (ContinuousClock.now - start) / .seconds(1)
    let isAnomalous = task.test.labels.map { Int($0) != number }
    let part = { (scores: [Float]) in
      scores.isEmpty ? nil : try rocAUC(scores: scores, isAnomalous: isAnomalous)
    }
    return OneClassResults.Cell(
      method: method, losses: row.losses, name: name,
      rocAUC: try rocAUC(scores: scores.fused, isAnomalous: isAnomalous),
      errorROCAUC: try part(scores.error), uncertaintyROCAUC: try part(scores.uncertainty),
      seconds: seconds)
  }
}

/// A teacher, and the rows whose cells are filled with it.
private struct TaughtRows {
  let teacher: OneClassTeacher
  let rows: [OneClassResults.Row]
}

extension OneClassResults {
  /// These results with what tells the teachers of some rows from others.
  fileprivate func knowing(_ taught: [TaughtRows]) throws -> Self {
    var copy = self
    for taught in taught {
      let found = try taught.teacher.network.fingerprint()
      for row in taught.rows where row.method.usesTeacher {
        if let losses = row.losses { copy.teachers[losses] = found } else { copy.describer = found }
      }
    }
    return copy
  }
}

/// The cells that are still to be filled, and what they will take.
private struct Work {
  private var open: Set<OneClassResults.Place>
  private var seconds: [MethodEntry: [Double]] = [:]

  init(_ places: [OneClassResults.Place], _ results: OneClassResults) {
    open = Set(places).subtracting(results.cells.map(\.place))
    for method in Set(places.map(\.row.method)) {
      seconds[method] = results.cells.filter { $0.method == method }.compactMap(\.seconds)
    }
  }

  var isDone: Bool { open.isEmpty }

  /// Whether a cell of some rows is to be filled.
  func isOpen(_ rows: [OneClassResults.Row]) -> Bool { open.contains { rows.contains($0.row) } }

  mutating func finish(_ cell: OneClassResults.Cell) {
    open.remove(cell.place)
    seconds[cell.method, default: []] += [cell.seconds].compactMap(\.self)
  }

  /// By what cells of the same method took; a method without any counts as the dearest so far.
  var secondsLeft: Double {
    let means = seconds.compactMapValues { times in
      times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
    }
    let dearest = means.values.max() ?? 0
    return open.reduce(0) { $0 + (means[$1.row.method] ?? dearest) }
  }
}

extension LabeledImages {
  /// So many images, taken at even distances.
  fileprivate func spread(_ limit: Int) -> LabeledImages {
    guard limit < count else { return self }
    return selecting((0..<limit).map { $0 * count / limit })
  }
}
