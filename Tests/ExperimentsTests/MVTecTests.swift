import Files
import Foundation
import Synchronization
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments
import Networks
import Tensors

/// Two small categories of drawn parts, and random teachers: their descriptors suffice to notice.
@Suite(.serialized) struct `Tables of MVTec AD` {
  private func write(_ names: [String], to folder: String) throws {
    for (number, name) in names.enumerated() {
      var sample = SampleData()
      (sample.training, sample.test, sample.side) = (5, 1, 64)
      sample.seed = UInt64(number + 1)
      try sample.write(to: "\(folder)/\(name)")
    }
  }

  private func experiment(_ folder: String) throws -> MVTecExperiment {
    var experiment = try MVTecExperiment(folder)
    experiment.methods = [.studentTeacher]
    experiment.scales = [.p17, .p33]
    (experiment.students, experiment.epochs, experiment.imageSide) = (2...2, 2, 64)
    return experiment
  }

  private func run() throws -> TrainingRun {
    let teachers = try ReceptiveField.allCases.map { ($0, try PatchDescriptor($0, seed: 7)) }
    return TrainingRun(seed: 1, teachers: Dictionary(teachers) { first, _ in first })
  }

  @Test func `are filled cell by cell, from one training of all receptive fields`() async throws {
    try await withTemporaryFolder { folder in
      try write(["bottle", "screw"], to: "\(folder)/data")
      let output = "\(folder)/results.json"
      let filled = Mutex<[String]>([])
      let fill = { (experiment: MVTecExperiment) in
        filled.withLock { $0 = [] }
        return try await experiment.results(output: output, run: run()) { cell in
          let scales = cell.scales.map(\.rawValue)
          filled.withLock { $0.append("\(cell.category) \(cell.method.rawValue) \(scales)") }
        }
      }
      var one = try experiment("\(folder)/data")
      #expect(one.categories == ["bottle", "screw"])
      one.categories = ["screw"]
      let first = try await fill(one)
      #expect(
        filled.withLock { $0 } == [
          "screw student-teacher [17]", "screw student-teacher [33]",
          "screw student-teacher [17, 33]",
        ])
      // The fused cell is what the model itself says.
      let model = try TrainedModel(contentsOf: "\(output).models/screw-student-teacher.students")
      let own = try await CategoryMaps(
        of: MVTecCategory("\(folder)/data/screw"), with: model.inspector()
      ).scores.evaluation()
      let fused = try #require(first.cell("screw", .studentTeacher, [.p17, .p33])?.evaluation)
      #expect(fused.pro == own.pro && fused.imageROCAUC == own.imageROCAUC)
      #expect(fused.proInterval == own.proInterval)
      #expect(fused != first.cells[0].evaluation)

      var all = try experiment("\(folder)/data")
      all.methods = [.studentTeacher, .knn]
      let second = try await fill(all)
      #expect(
        filled.withLock { $0 }.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
          == [
            "bottle student-teacher", "bottle student-teacher", "bottle student-teacher",
            "bottle knn", "screw knn",
          ])
      #expect(second.cells.count == 8 && second.cells.allSatisfy { $0.error == nil })
      #expect(try await fill(all) == second)
      #expect(filled.withLock { $0 }.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: "\(output).checkpoint/screw-knn"))

      all.students = 3...3
      await #expect(throws: ExperimentError.otherResults(output)) { _ = try await fill(all) }
    }
  }

  /// One training of three students gives the rows of one and two, as if the others were not there.
  @Test func `tell how many students are needed, and draw the figure`() async throws {
    try await withTemporaryFolder { folder in
      try write(["bottle"], to: "\(folder)/data")
      var experiment = try experiment("\(folder)/data")
      (experiment.scales, experiment.students) = ([.p17], 1...3)
      let output = "\(folder)/results.json"
      let results = try await experiment.results(output: output, run: run())
      #expect(results.cells.map(\.students) == [1, 2, 3])
      #expect(Set(results.cells.compactMap(\.evaluation?.pixelROCAUC)).count == 3)
      let table = try #require(results.studentTable)
      #expect(table.text.contains("M = 1") && table.text.contains("M = 3"))
      #expect(results.timeTable.text.contains("student-teacher"))
      // All students kept, it is the model itself.
      let path = MVTecExperiment.modelPath("bottle", .studentTeacher, output: output)
      let model = try TrainedModel(contentsOf: path)
      let detector = try #require(model.detector as? StudentTeacherDetector)
      let good = try GoodImages(
        ImageCollection(ImageFolder("\(folder)/data/bottle/train/good")).framed(
          by: Framing(side: 64)), seed: 1)
      let all = try await detector.keeping(
        students: 3, normalizedOn: good.training, run: TrainingRun(seed: 1))
      let image = try good.training.image(0)
      let maps = try [all, detector].map {
        try $0.placed(for: Execution(density: .strided)).evidence(of: [image]) { _, _ in }
      }
      #expect(maps[0] == maps[1])

      let figure = try await QualitativeFigure(experiment, output: output, run: run())
      try results.writeReport(to: "\(folder)/report", figure)
      let picture = try Image(contentsOf: "\(folder)/report/figure.png")
      #expect(picture.height >= 3 * 128 && picture.width >= 128)
      let page = try String(contentsOfFile: "\(folder)/report/index.html", encoding: .utf8)
      #expect(page.contains("M = 2") && page.contains("figure.png"))
      #expect(page.contains("image ROC-AUC"))
      await #expect(throws: ExperimentError.noDefects) {
        try await QualitativeFigure(experiment, output: output, defects: ["none"], run: run())
      }
    }
  }

  @Test func `use what was kept for the same inputs alone`() async throws {
    try await withTemporaryFolder { folder in
      try write(["bottle"], to: "\(folder)/data")
      var experiment = try experiment("\(folder)/data")
      experiment.methods = [.knn]
      let output = "\(folder)/results.json"
      let path = MVTecExperiment.modelPath("bottle", .knn, output: output)
      let side = { try TrainedModel(contentsOf: path).provenance.fingerprint.parts["image side"] }
      let filled = { (experiment: MVTecExperiment) in
        let cells = Mutex(0)
        _ = try await experiment.results(output: output, run: run()) { _ in
          cells.withLock { $0 += 1 }
        }
        return cells.withLock { $0 }
      }
      #expect(try await filled(experiment) == 1)
      #expect(try await filled(experiment) == 0)
      #expect(try side() == "64")
      // A model of another recipe is not measured as this one.
      try FileManager.default.removeItem(atPath: output)
      experiment.imageSide = 80
      #expect(try await filled(experiment) == 1)
      #expect(try side() == "80")
      // A cell of other test images, or of other images to learn from, is filled again.
      for (from, to) in [
        ("test/good/000.png", "test/chipped/000.png"), ("train/good/000.png", "train/good/001.png"),
      ] {
        let image = try Data(
          contentsOf: URL(fileURLWithPath: "\(folder)/data/bottle/\(from)"))
        try AtomicFile.write(image, to: "\(folder)/data/bottle/\(to)")
        #expect(try await filled(experiment) == 1)
        #expect(try await filled(experiment) == 0)
      }
    }
  }

  @Test func `say what went wrong, and go on`() async throws {
    try await withTemporaryFolder { folder in
      try write(["bottle", "screw"], to: folder)
      let broken = "\(folder)/bottle/train/good/000.png"
      let whole = try Data(contentsOf: URL(fileURLWithPath: broken))
      try AtomicFile.write(whole.prefix(100), to: broken)
      var experiment = try experiment(folder)
      experiment.scales = [.p17]
      let output = "\(folder)/results.json"
      let results = try await experiment.results(output: output, run: run())
      let bottle = try #require(results.cell("bottle", .studentTeacher, [.p17]))
      #expect(bottle.evaluation == nil && bottle.error?.contains("000.png") == true)
      #expect(results.cell("screw", .studentTeacher, [.p17])?.evaluation?.pro != nil)
      #expect(results.methodTable.text.contains("failed"))
      try AtomicFile.write(whole, to: broken)
      let mended = try await experiment.results(output: output, run: run())
      #expect(mended.cells.count == 2 && mended.cells.allSatisfy { $0.evaluation != nil })
    }
  }

  @Test func `show the paper's figures beside ours`() {
    let evaluation = { (pro: Double, aupimo: Double?) in
      CategoryEvaluation(
        imageROCAUC: 1, pixelROCAUC: 1, pro: pro, aupimo: aupimo, images: 2, anomalousImages: 1,
        classes: [],
        secondsPerImage: 1, imageROCAUCInterval: ConfidenceInterval(low: 0.9, high: 1),
        pixelROCAUCInterval: nil,
        proInterval: ConfidenceInterval(low: pro - 0.1, high: pro + 0.1),
        aupimoInterval: nil, decisions: nil)
    }
    var results = MVTecResults(
      configuration: .init(
        students: 3, recipe: .fast, epochs: nil, imageSide: 256, seed: 1),
      device: .cpu)
    let multi: [ReceptiveField] = [.p17, .p33, .p65]
    results.cells = [
      .init(
        category: "metal_nut", method: .studentTeacher, scales: [.p65], students: 3,
        evaluation: evaluation(0.8, 0.3)),
      .init(
        category: "metal_nut", method: .studentTeacher, scales: multi, students: 3,
        evaluation: evaluation(0.85, 0.4)),
      .init(category: "metal_nut", method: .knn, scales: [.p65], evaluation: evaluation(0.7, nil)),
      .init(category: "own", method: .knn, scales: [.p65], error: "no"),
    ]
    #expect(
      results.methodTable.markdown == """
        | category | student-teacher | paper | knn | paper |
        | --- | --- | --- | --- | --- |
        | metal_nut | 0.850 (0.750–0.950) | 0.942 | 0.700 (0.600–0.800) | 0.705 |
        | own | – | – | failed | – |
        | mean | – | – | – | – |
        """)
    #expect(
      results.imageTable.markdown == """
        | image ROC-AUC | student-teacher | knn |
        | --- | --- | --- |
        | metal_nut | 1.000 (0.900–1.000) | 1.000 (0.900–1.000) |
        | own | – | failed |
        | mean | – | – |
        """)
    #expect(
      results.perImageTable?.markdown == """
        | AUPIMO | student-teacher | knn |
        | --- | --- | --- |
        | metal_nut | 0.400 | – |
        | own | – | failed |
        | mean | – | – |
        """)
    #expect(
      results.scaleTable.markdown == """
        | category | p = 65 | paper | p = 17, 33, 65 | paper |
        | --- | --- | --- | --- | --- |
        | metal_nut | 0.800 (0.700–0.900) | 0.895 | 0.850 (0.750–0.950) | 0.942 |
        | own | – | – | – | – |
        | mean | – | – | – | – |
        """)
  }

  /// The paper prints the means of its columns, but for AnoGAN: it prints .443, its cells give .447.
  @Test(arguments: [
    ("student-teacher", 1, 0.857), ("student-teacher", 3, 0.914), ("knn", 1, 0.640),
    ("ocsvm", 1, 0.479), ("kmeans", 1, 0.423), ("ae", 1, 0.790), ("vae", 1, 0.639),
    ("ssim-ae", 0, 0.694), ("anogan", 0, 0.447), ("cnn-dictionary", 0, 0.515),
  ])
  func `quote the paper right`(name: String, scales: Int, mean: Double) throws {
    let method = try #require(MethodEntry(rawValue: name))
    let fields: [ReceptiveField] =
      scales == 0 ? [] : scales == 1 ? [.p65] : ReceptiveField.allCases
    let names = [
      "carpet", "grid", "leather", "tile", "wood", "bottle", "cable", "capsule", "hazelnut",
      "metal_nut", "pill", "screw", "toothbrush", "transistor", "zipper",
    ]
    let figures = names.compactMap { PaperMVTec.pro($0, method, scales: fields) }
    #expect(figures.count == 15)
    #expect(abs(slowMean(figures) - mean) < 1e-3)
  }

  @Test func `need a category`() async throws {
    try await withTemporaryFolder { folder in
      #expect(throws: ExperimentError.noCategories(folder)) { try MVTecExperiment(folder) }
      try write(["only"], to: folder)
      for path in ["\(folder)/only", "\(folder)/only//", "\(folder)/only/."] {
        let experiment = try MVTecExperiment(path)
        #expect(experiment.categories == ["only"])
        #expect(try experiment.test("only").isEmpty == false)
      }
    }
  }
}
