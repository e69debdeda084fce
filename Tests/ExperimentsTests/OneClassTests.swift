import Files
import Foundation
import Synchronization
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments
import Networks
import Tensors

/// Two kinds of stripes, each a class; the others have no pictures.
private func stripes(_ count: Int, seed: UInt64) -> LabeledImages {
  let side = 12
  var pixels: [UInt8] = []
  for number in 0..<count {
    let shift = (number * 5 + Int(seed)) % 7
    for place in 0..<side * side {
      let along = number % 2 == 0 ? place / side : place % side
      pixels.append((along + shift) % 6 < 3 ? 230 : UInt8(20 + (place * 7 + number) % 13))
    }
  }
  return LabeledImages(
    height: side, width: side, channels: 1, pixels: pixels,
    labels: (0..<count).map { UInt8($0 % 2) })
}

private let data = ClassificationDataset(
  classes: MNIST.digits, training: stripes(40, seed: 1), test: stripes(24, seed: 2))

private func experiment() -> OneClassExperiment {
  var experiment = OneClassExperiment(.mnist)
  experiment.classes = [0, 1]
  experiment.methods = [.knn, .studentTeacher]
  (experiment.students.students, experiment.students.epochs, experiment.students.batch) = (2, 6, 6)
  experiment.students.adam.learningRate = 1e-3
  return experiment
}

@Suite(.serialized) struct `One-class tables` {
  @Test func `of a class without images are refused by its name`() async throws {
    var experiment = experiment()
    experiment.classes = [0, 7]
    await #expect(throws: ExperimentError.tooFewImages(of: "7", training: 0, test: 0)) {
      try await experiment.results(
        data: data, teachers: [OneClassTeacher(PatchDescriptor(.p17, seed: 5))], output: nil,
        run: TrainingRun(seed: 1))
    }
  }

  @Test func `are filled cell by cell, and gone on with`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/results.json"
      let teacher = try PatchDescriptor(.p17, seed: 5)
      let filled = Mutex<[String]>([])
      let fill = { (experiment: OneClassExperiment) in
        filled.withLock { $0 = [] }
        return try await experiment.results(
          data: data, teachers: [OneClassTeacher(teacher)], output: output,
          run: TrainingRun(seed: 1)
        ) { cell, _ in filled.withLock { $0.append("\(cell.method.rawValue) \(cell.name)") } }
      }
      var first = experiment()
      first.methods = [.knn]
      _ = try await fill(first)
      #expect(filled.withLock { $0 } == ["knn 0", "knn 1"])
      let results = try await fill(experiment())
      #expect(filled.withLock { $0 } == ["student-teacher 0", "student-teacher 1"])
      #expect(results.cells.count == 4)
      for cell in results.cells {
        #expect(cell.rocAUC > 0.9, "\(cell)")
        #expect((cell.uncertaintyROCAUC != nil) == (cell.method == .studentTeacher))
        #expect(cell.method != .studentTeacher || (cell.errorROCAUC ?? 0) > 0.9, "\(cell)")
      }
      #expect(try await fill(experiment()) == results)
      #expect(filled.withLock { $0 }.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: "\(output).checkpoint/knn-0"))

      var other = experiment()
      other.trainLimit = 5
      await #expect(throws: ExperimentError.otherResults(output)) { _ = try await fill(other) }
      try AtomicFile.write(Data("{}".utf8), to: output)
      await #expect(throws: ExperimentError.foreignResults(output)) {
        _ = try await fill(experiment())
      }
    }
  }

  /// Bright pictures and dark ones.
  private func flat(_ count: Int) -> LabeledImages {
    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    for number in 0..<count {
      let label = UInt8(number % 2)
      let value: UInt8 = label == 0 ? 220 : 30
      pixels += [UInt8](repeating: value + UInt8(number % 7), count: 144)
      labels.append(label)
    }
    return LabeledImages(height: 12, width: 12, channels: 1, pixels: pixels, labels: labels)
  }

  /// OCGAN sees the pictures themselves.
  @Test func `have a method of pictures too`() async throws {
    var experiment = experiment()
    experiment.methods = [.ocgan]
    (experiment.ocgan.width, experiment.ocgan.latent) = (8, 4)
    (experiment.ocgan.steps, experiment.ocgan.batch, experiment.ocgan.noise) = (100, 8, 0.02)
    experiment.classes = [1]
    experiment.ocgan.adam.learningRate = 2e-3
    let teacher = try PatchDescriptor(.p17, seed: 5)
    let data = ClassificationDataset(
      classes: MNIST.digits, training: flat(20), test: flat(12))
    let results = try await experiment.results(
      data: data, teachers: [OneClassTeacher(teacher)], output: nil, run: TrainingRun(seed: 1))
    #expect(results.cells.map(\.name) == ["1"])
    #expect(results.cells.map(\.rocAUC) == [1])
    experiment.methods = [.anogan]
    await #expect(throws: ExperimentError.notOneClass("anogan")) {
      _ = try await experiment.results(
        data: data, teachers: [OneClassTeacher(teacher)], output: nil, run: TrainingRun(seed: 1))
    }
  }

  @Test func `show the paper's figures beside ours`() {
    var results = OneClassResults(
      configuration: .init(
        dataset: .cifar10, trainLimit: nil, testLimit: nil, students: .init(), ocgan: .init(.fast),
        seed: 1), device: .cpu)
    results.cells = [
      .init(method: .studentTeacher, losses: "m,c", name: "cat", rocAUC: 0.7, seconds: 1),
      .init(method: .studentTeacher, losses: "m,c", name: "dog", rocAUC: 0.8, seconds: 1),
      .init(
        method: .studentTeacher, losses: "k,m,c", name: "dog", rocAUC: 0.9, errorROCAUC: 0.65,
        uncertaintyROCAUC: 0.6, seconds: 1),
      .init(method: .knn, name: "dog", rocAUC: 0.75, seconds: 1),
    ]
    #expect(
      results.table.markdown == """
        | method | k | m | c | cat | dog | mean |
        | --- | --- | --- | --- | --- | --- | --- |
        | knn |  |  |  | – | 0.7500 | – |
        | paper |  |  |  | 0.7290 | 0.7970 | 0.7630 |
        | student-teacher | ✓ | ✓ | ✓ | – | 0.9000 | – |
        | paper |  |  |  | 0.7420 | 0.7680 | 0.7550 |
        | error alone |  |  |  | – | 0.6500 | – |
        | uncertainty alone |  |  |  | – | 0.6000 | – |
        | student-teacher |  | ✓ | ✓ | 0.7000 | 0.8000 | 0.7500 |
        | paper |  |  |  | 0.7090 | 0.7380 | 0.7235 |
        """)
    #expect(results.table.text.split(separator: "\n").count == 9)
  }

  /// Other methods judge what the first teacher says, whatever comes after it.
  @Test func `have a row for the students of each teacher`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/results.json"
      let teachers = try [("k,c", 5), ("m,c", 6)].map { losses, seed in
        OneClassTeacher(try PatchDescriptor(.p17, seed: seed), losses: losses)
      }
      let fill = { (teachers: [OneClassTeacher], methods: [MethodEntry]) in
        var experiment = experiment()
        experiment.classes = [0]
        experiment.methods = methods
        return try await experiment.results(
          data: data, teachers: teachers, output: output, run: TrainingRun(seed: 1))
      }
      let one = try await fill([teachers[0]], [.knn, .studentTeacher])
      let both = try await fill(teachers, [.knn, .studentTeacher])
      #expect(both.cells.map(\.losses) == ["k,c", "m,c", nil])
      #expect([both.cells[0], both.cells[2]] == one.cells)
      #expect(both.teachers.count == 2 && both.describer == both.teachers["k,c"])
      // More rows by teachers of their own, without what others were judged by.
      #expect(try await fill([teachers[1]], [.studentTeacher]) == both)
      await #expect(throws: ExperimentError.otherResults(output)) {
        _ = try await fill([teachers[1]], [.knn])
      }
      await #expect(throws: ExperimentError.otherResults(output)) {
        _ = try await fill(
          [OneClassTeacher(teachers[1].network, losses: "k,c")], [.studentTeacher])
      }
    }
  }

  /// The tables of the paper print their means.
  @Test(arguments: [
    (OneClassDataset.mnist, "knn", 0.9753), (.mnist, "kmeans", 0.9457), (.mnist, "ocsvm", 0.9463),
    (.mnist, "ae", 0.9832), (.mnist, "vae", 0.9535), (.cifar10, "knn", 0.8189),
    (.cifar10, "kmeans", 0.7592), (.cifar10, "ocsvm", 0.7388), (.cifar10, "ae", 0.7898),
    (.cifar10, "vae", 0.7502),
  ])
  func `quote the paper right`(dataset: OneClassDataset, name: String, mean: Double) throws {
    let method = try #require(MethodEntry(rawValue: name))
    let figures = dataset.classes.compactMap {
      PaperOneClass.rocAUC(dataset, method, $0, losses: nil)
    }
    #expect(figures.count == 10)
    #expect(abs(slowMean(figures) - mean) < 6e-5)
  }

  @Test(arguments: [
    (OneClassDataset.mnist, "k,c", 0.9935), (.mnist, "k,m,c", 0.9926), (.mnist, "m,c", 0.9935),
    (.mnist, "k", 0.9917), (.cifar10, "k,c", 0.8196), (.cifar10, "k,m,c", 0.8035),
    (.cifar10, "m,c", 0.7940), (.cifar10, "k", 0.8021),
  ])
  func `quote the paper's own method right`(dataset: OneClassDataset, losses: String, mean: Double)
  {
    let figures = dataset.classes.compactMap {
      PaperOneClass.rocAUC(dataset, .studentTeacher, $0, losses: losses)
    }
    #expect(figures.count == 10)
    #expect(abs(slowMean(figures) - mean) < 6e-5)
  }

  @Test func `zoom pictures to patches`() throws {
    let patches = try data.training.patches([3, 0], side: 17)
    #expect(patches.shape == [2, 3, 17, 17])
    let values = try patches.scalars()
    #expect(values.allSatisfy { (0...1).contains($0) })
    // Grey: the three channels are one.
    #expect(Array(values[0..<289]) == Array(values[289..<578]))
    // Stripes along the columns stay the same from row to row inside.
    #expect(abs(values[8 * 17 + 8] - values[9 * 17 + 8]) < 0.06)
  }
}
