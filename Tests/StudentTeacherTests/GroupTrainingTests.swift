import AnomalyDetection
import Datasets
import Foundation
import Images
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import StudentTeacher

/// Steps that several processes share are those of one process, but for rounding.
///
/// Adam divides by the size of a gradient, so that one that is all rounding moves a weight as far as any other;
/// a large epsilon keeps steps in proportion to gradients. After the first, maxima of pools may fall elsewhere by
/// rounding, and another pixel learns: weights are compared after one step, losses after some.
@Suite(.serialized, .enabled(if: ProcessGroup.isBuilt, "built without libgloo-dev"))
struct `Training together` {
  private func photos(_ folder: String) throws -> [String] {
    try (0..<5).map { number in
      let path = "\(folder)/\(number).png"
      try noise(height: 90, width: 120, number).write(to: path)
      return path
    }
  }

  /// An image of which no two pixels are alike: where the maximum of a pool is there twice, rounding says which
  /// one learns.
  private func noise(height: Int, width: Int, _ number: Int) throws -> Image {
    let shape = [height, width, 3]
    return Image(
      height: height, width: width,
      pixels: try Tensor.uniform(shape: shape, seed: UInt64(number)).scalars())
  }

  /// That weights have come to the same place, by how far they are apart against how far they have come.
  private func expectSameWay(
    from start: [[Float]], to one: [[Float]], and other: [[Float]], within share: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let distance = { (a: [Float], b: [Float]) in
      zip(a, b).map { pow(Double($0 - $1), 2) }.reduce(0, +).squareRoot()
    }
    #expect(start.count == one.count && one.count == other.count, sourceLocation: sourceLocation)
    for (start, (one, other)) in zip(start, zip(one, other)) {
      let (way, error) = (distance(start, one), distance(one, other))
      #expect(way > 0 && error < share * way, "\(error / way)", sourceLocation: sourceLocation)
    }
  }

  /// A teacher of all three losses after some steps, by rank, and what the progress said at last.
  private func taught(
    by count: Int?, _ photos: [String], steps: Int
  ) async throws -> [(weights: [[Float]], figures: [Double])] {
    let encoder = try ResNet18(randomEncoder())
    let training = {
      var training = TeacherTraining(.p17)
      (training.steps, training.batch, training.encoderSide) = (steps, 20, 24)
      (training.metric, training.annealing) = (0.5, 0.5)
      (training.adam.learningRate, training.adam.epsilon) = (1e-3, 1)
      return training
    }()
    let work = { @Sendable (group: ProcessGroup?) async throws in
      let figures = LastFigures()
      var run = TrainingRun(seed: 3) { figures.keep($0) }
      run.group = group
      let teacher = try await training.teacher(
        distilling: [encoder], photos: photos, run: run
      ).teacher
      return (try teacher.parameters.map { try $0.scalars() }, figures.values)
    }
    guard let count else { return [try await work(nil)] }
    return try await together(count, work)
  }

  @Test func `teaches as one process with the whole batch`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      let one = try await taught(by: nil, photos, steps: 1)[0]
      let later = try await taught(by: nil, photos, steps: 4)[0]
      let start = try PatchDescriptor(.p17, seed: 3).parameters.map { try $0.scalars() }
      for count in [2, 3] {
        let all = try await taught(by: count, photos, steps: 1)
        // All processes have the same weights, to the bit.
        for process in all { #expect(process.weights == all[0].weights) }
        expectSameWay(from: start, to: one.weights, and: all[0].weights, within: 1e-3)
        for process in try await taught(by: count, photos, steps: 4) {
          try expectClose(process.figures, later.figures, relative: 1e-3)
        }
      }
    }
  }

  @Test func `gives the same bytes twice`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      let first = try await taught(by: 3, photos, steps: 2)
      let second = try await taught(by: 3, photos, steps: 2)
      #expect(first.map(\.weights) == second.map(\.weights))
    }
  }

  @Test(arguments: Recipe.allCases)
  func `trains students as one process does`(recipe: Recipe) async throws {
    let drawn = try noise(height: 64, width: 64, 1)
    let images = ImageCollection(count: 1) { _ in drawn }
    let method = {
      var method = StudentTeacherMethod(recipe: recipe)
      (method.scales, method.students, method.epochs) = ([.p17], 2, 1)
      (method.adam.learningRate, method.adam.epsilon) = (1e-3, 1)
      return method
    }()
    let teacher = try PatchDescriptor(.p17, seed: 9)
    let trained = { @Sendable (group: ProcessGroup?) async throws in
      var run = TrainingRun(seed: 5, teachers: [.p17: teacher])
      run.group = group
      let training = try StudentTraining(method, teacher, on: images, run)
      return try await training.fit(run: run).students.flatMap(\.parameters).map {
        try $0.scalars()
      }
    }
    let one = try await trained(nil)
    let start = try (1...2).flatMap { number in
      try PatchDescriptor(.p17, seed: 5 + UInt64(1000 * number)).parameters.map { try $0.scalars() }
    }
    for count in [2, 3] {
      let all = try await together(count, trained)
      for weights in all { #expect(weights == all[0]) }
      expectSameWay(from: start, to: one, and: all[0], within: 1e-3)
    }
  }

  @Test func `refuses processes that were given something else`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      let errors = try await together(2, timeout: 30) { group in
        var run = TrainingRun(seed: group.rank == 0 ? 3 : 4)
        run.group = group
        var training = TeacherTraining(.p17)
        (training.steps, training.batch, training.distillation) = (2, 8, 0)
        do {
          _ = try await training.teacher(distilling: [], photos: photos, run: run)
          return "nothing was wrong"
        } catch { return "\(error)" }
      }
      #expect(errors[0].contains("another worker was given other inputs"), "\(errors)")
      #expect(
        errors[1].contains("worker 1 was given other inputs than worker 0 (seed)"), "\(errors)")
    }
  }

  @Test func `stops all where one is stopped, and goes on with any number`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      let work = "\(folder)/work"
      let taught = { @Sendable (group: ProcessGroup?, stopAt: Int?) async throws -> Int in
        let steps = LastFigures()
        var run = TrainingRun(
          seed: 3,
          checkpoints: group?.rank ?? 0 == 0 ? Checkpoints(folder: work, resuming: true) : nil
        ) {
          steps.keep($0)
          // The last process alone is told to stop.
          if $0.step == stopAt, group.map({ $0.rank == $0.worldSize - 1 }) ?? false {
            withUnsafeCurrentTask { $0?.cancel() }
          }
        }
        run.group = group
        var training = TeacherTraining(.p17)
        (training.steps, training.batch, training.distillation) = (9, 12, 0)
        do {
          _ = try await training.teacher(distilling: [], photos: photos, run: run)
        } catch is CancellationError { return -steps.step }
        return steps.step - steps.firstStep + 1
      }
      // Known to all after the step that follows.
      #expect(try await together(3) { try await taught($0, 2) } == [-3, -3, -3])
      #expect(try await together(2) { try await taught($0, 5) } == [-6, -6])
      #expect(try await taught(nil, nil) == 3)
    }
  }
}

/// What the progress of a training last said.
private final class LastFigures: Sendable {
  private let kept = Mutex<(first: Int?, step: Int, values: [Double])>((nil, 0, []))

  func keep(_ progress: TrainingRun.Progress) {
    guard !progress.figures.isEmpty else { return }
    kept.withLock { kept in
      kept.first = kept.first ?? progress.step
      kept.step = progress.step
      kept.values = progress.figures.filter { !["waiting", "steps/s"].contains($0.name) }.map(
        \.value)
    }
  }

  var values: [Double] { kept.withLock(\.values) }
  var step: Int { kept.withLock(\.step) }
  var firstStep: Int { kept.withLock { $0.first ?? 0 } }
}
