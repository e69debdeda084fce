import Files
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
  /// The losses that the teacher was trained with, which choose the paper's row to compare with; one
  /// of ``paperLosses``.
  public var losses = paperLosses[0]

  /// The losses that the paper has a row for.
  public static let paperLosses = ["k,c", "k,m,c", "m,c", "k"]

  /// The whole table of a data set.
  public init(_ dataset: OneClassDataset) {
    self.dataset = dataset
  }

  /// Fills the cells that are not filled yet, and keeps each as soon as it is.
  ///
  /// - Parameters:
  ///   - data: The data set.
  ///   - teacher: Describes the images, each zoomed to a patch.
  ///   - output: Where results are kept, and found again by a later run; nil for nowhere.
  ///   - run: Seed, device and progress; checkpoints are kept beside `output`.
  ///   - filled: Called with each new cell, and the number of seconds that the rest will take about.
  ///   - leftBehind: Called with each folder of finished work that cannot be deleted.
  /// - Returns: All cells.
  /// - Throws: ``ExperimentError`` about `output`, and what methods throw.
  public func results(
    data: ClassificationDataset, teacher: PatchDescriptor, output: String?, run: TrainingRun,
    filled: (OneClassResults.Cell, _ secondsLeft: Double) -> Void = { _, _ in },
    leftBehind: @escaping (String) -> Void = { _ in }
  ) async throws -> OneClassResults {
    let fingerprint = try teacher.fingerprint()
    let test = testLimit.map { data.test.spread($0) } ?? data.test
    var results = try OneClassResults(
      configuration: .init(
        dataset: dataset, pictures: Digest.digits(of: [data.training.digest(), test.digest()]),
        losses: losses, teacher: fingerprint, trainLimit: trainLimit,
        testLimit: testLimit, students: students, ocgan: ocgan, seed: run.seed), device: run.device
    ).goingOn(output)
    let cache = DescriptorCache(
      folder: output.map { "\($0).descriptors" }, teacher: teacher)
    let unfinished = UnfinishedWork(on: output, leftBehind: leftBehind)
    // The disk may not have let a run clear up.
    for cell in results.cells { unfinished.clearUp("\(cell.method.name)-\(cell.name)") }
    var work = Work(methods, classes.map { data.classes[$0] }, results)
    guard !work.isDone else { return results }
    for number in classes {
      let training = data.training.numbers(of: number, limit: trainLimit).count
      let tested = test.numbers(of: number).count
      guard training >= 2, tested >= 1 else {
        throw ExperimentError.tooFewImages(
          of: data.classes[number], training: training, test: tested)
      }
    }
    let trainingDescriptors = try cache.descriptors(
      of: data.training, "\(dataset.rawValue)-train", run)
    let testDescriptors = try cache.descriptors(
      of: test, "\(dataset.rawValue)-test-\(test.count)", run)
    for number in classes {
      let numbers = data.training.numbers(of: number, limit: trainLimit)
      let task = OneClassTask(
        teacher: teacher, training: data.training.selecting(numbers),
        trainingDescriptors: try trainingDescriptors.selecting(numbers), test: test,
        testDescriptors: testDescriptors, students: students, ocgan: ocgan)
      for method in methods {
        let name = data.classes[number]
        guard results.cell(method, name) == nil else { continue }
        var own = run
        own.inputs["configuration"] = try results.configuration.json()
        own.inputs["class"] = name
        own.inputs["method"] = method.name
        own.checkpoints = unfinished.checkpoints("\(method.name)-\(name)")
        let cell = try await cell(task, method, number, name, own)
        results.cells.append(cell)
        if let output {
          try results.write(to: output)
          // Not before its cell is kept.
          unfinished.clearUp("\(method.name)-\(name)")
        }
        work.finish(cell)
        filled(cell, work.secondsLeft)
      }
    }
    return results
  }

  private func cell(
    _ task: OneClassTask, _ method: MethodEntry, _ number: Int, _ name: String, _ run: TrainingRun
  ) async throws -> OneClassResults.Cell {
    var own = run
    own.progress = { progress in
      run.progress(
        TrainingRun.Progress(
          phase: "\(name), \(method.name): \(progress.phase)", step: progress.step,
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
      method: method, name: name,
      rocAUC: try rocAUC(scores: scores.fused, isAnomalous: isAnomalous),
      errorROCAUC: try part(scores.error), uncertaintyROCAUC: try part(scores.uncertainty),
      seconds: seconds)
  }
}

/// The cells that are still to be filled, and what they will take.
private struct Work {
  private var open: [MethodEntry: Int] = [:]
  private var seconds: [MethodEntry: [Double]] = [:]

  init(_ methods: [MethodEntry], _ names: [String], _ results: OneClassResults) {
    for method in methods {
      open[method] = names.count { results.cell(method, $0) == nil }
      seconds[method] = results.cells.filter { $0.method == method }.map(\.seconds)
    }
  }

  var isDone: Bool { open.values.allSatisfy { $0 == 0 } }

  mutating func finish(_ cell: OneClassResults.Cell) {
    open[cell.method, default: 1] -= 1
    seconds[cell.method, default: []].append(cell.seconds)
  }

  /// By what cells of the same method took; a method without any counts as the dearest so far.
  var secondsLeft: Double {
    let means = seconds.compactMapValues { times in
      times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
    }
    let dearest = means.values.max() ?? 0
    return open.reduce(0) { $0 + Double($1.value) * (means[$1.key] ?? dearest) }
  }
}

extension LabeledImages {
  /// So many images, taken at even distances.
  fileprivate func spread(_ limit: Int) -> LabeledImages {
    guard limit < count else { return self }
    return selecting((0..<limit).map { $0 * count / limit })
  }
}
