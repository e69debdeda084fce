import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments

/// The simplest method that there is: bright pixels are anomalous.
private struct Brightness: AnomalyMethod {
  func fit(_ training: ImageCollection, run: TrainingRun) async throws -> BrightnessDetector {
    BrightnessDetector()
  }
  func steps(imageCount: Int) -> Int { 0 }
  func cost(of training: ImageCollection, run: TrainingRun) throws -> TrainingCost {
    TrainingCost(learning: 0, map: 0)
  }
}

private struct BrightnessDetector: AnomalyDetector {
  static let method = "brightness"
  init() {}
  init(from file: ModelFile) throws {}
  func placed(for execution: Execution) throws -> any PlacedDetector { Placed() }
  func write(to file: inout ModelFile) throws {}

  private struct Placed: PlacedDetector {
    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      images.map { image in
        let scores = stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] }
        return Evidence(AnomalyMap(height: image.height, width: image.width, scores: scores))
      }
    }
  }
}

@Suite struct `The evaluation of a category` {
  /// Dark, with a square of the given brightness at rows and columns 4…7.
  private func picture(_ level: Float) -> Image {
    let pixels = (0..<16 * 16).flatMap { pixel -> [Float] in
      let isInside = (4...7).contains(pixel / 16) && (4...7).contains(pixel % 16)
      let value = isInside ? level : 0.1
      return [value, value, value]
    }
    return Image(height: 16, width: 16, pixels: pixels)
  }

  /// The mask of that square, at another side.
  private func square(of side: Int) -> Mask {
    let inside = (side / 4..<side / 2)
    return Mask(
      height: side, width: side,
      isAnomalous: (0..<side * side).map {
        inside.contains($0 / side) && inside.contains($0 % side)
      })
  }

  private func write(_ image: Image, _ path: String) throws {
    try makeFolder(of: path)
    try image.write(to: path)
  }

  /// Two good pictures, a bright and a faint defect with masks, one without.
  private func category(_ folder: String) throws -> MVTecCategory {
    try write(picture(0.1), "\(folder)/test/good/0.png")
    try write(picture(0.3), "\(folder)/test/good/1.png")
    try write(picture(0.9), "\(folder)/test/bright/0.png")
    try write(picture(0.2), "\(folder)/test/faint/0.png")
    try write(picture(0.8), "\(folder)/test/unmarked/0.png")
    // Masks of twice the size: they are brought to the size of the maps.
    for defect in ["bright", "faint"] {
      try write(square(of: 32).image, "\(folder)/ground_truth/\(defect)/0_mask.png")
    }
    return try MVTecCategory(folder)
  }

  private func model() async throws -> TrainedModel {
    try await TrainedModel.train(
      Brightness(), on: ImageCollection([picture(0.1), picture(0.1)]), imageSide: 16,
      run: TrainingRun())
  }

  @Test func `gives figures that one can count by hand`() async throws {
    try await withTemporaryFolder { folder in
      let maps = try await CategoryMaps(of: category(folder), with: model().inspector())
      let evaluation = try maps.scores.evaluation()
      #expect(evaluation.images == 5 && evaluation.anomalousImages == 3)
      // Of 3 × 2 pairs only the faint defect is below one good picture.
      #expect(try abs(#require(evaluation.imageROCAUC) - 5.0 / 6) < 1e-9)
      #expect(evaluation.classes.map(\.name) == ["bright", "faint", "unmarked"])
      let bright = evaluation.classes[0]
      #expect(bright.imageROCAUC == 1 && bright.pixelROCAUC == 1 && bright.pro == 1)
      let unmarked = evaluation.classes[2]
      #expect(unmarked.imageROCAUC == 1 && unmarked.pixelROCAUC == nil && unmarked.pro == nil)
      // The 16 pixels of the brightest good picture come before the faint defect's.
      let normal = Double(2 * 256 + 240)
      let share = 16 / normal
      let faint = evaluation.classes[1]
      #expect(try abs(#require(faint.pixelROCAUC) - (1 - share)) < 1e-6)
      #expect(try abs(#require(faint.pro) - (0.3 - share) / 0.3) < 1e-6)
    }
  }

  /// Marked pixels that are taken for good would lower the figures; images without a mask cannot.
  @Test func `leaves out pixels of defects that are not marked, and says so`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await model()
      let before = try await CategoryMaps(of: category(folder), with: model.inspector()).scores
        .evaluation()
      #expect(before.warnings?.count == 1, "unmarked")
      let nothing = Mask(height: 16, width: 16, isAnomalous: [Bool](repeating: false, count: 256))
      let whole = Mask(height: 8, width: 8, isAnomalous: [Bool](repeating: true, count: 64))
      for (name, mask) in [
        ("empty", nothing),
        ("wide", Mask(height: 4, width: 8, isAnomalous: [Bool](repeating: true, count: 32))),
      ] {
        try write(picture(0.8), "\(folder)/test/bright/\(name).png")
        try write(mask.image, "\(folder)/ground_truth/bright/\(name)_mask.png")
      }
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model.inspector())
      let evaluation = try maps.scores.evaluation()
      #expect(evaluation.pixelROCAUC == before.pixelROCAUC && evaluation.pro == before.pro)
      #expect(evaluation.anomalousImages == 5)
      let warnings = try #require(evaluation.warnings).joined(separator: "\n")
      #expect(warnings.contains("mark nothing") && warnings.contains("test/bright/empty.png"))
      #expect(warnings.contains("ground_truth/bright/wide_mask.png: 8 × 4 pixels, another aspect"))
      #expect(try evaluation.json().contains("\"warnings\":["))
      // The tables' maps say the same.
      let category = try MVTecCategory(folder)
      let table = try await CategoryScores(
        of: category, ImageCollection(paths: category.test.map(\.path)),
        by: model.detector.prepared(), imageSide: 16)
      #expect(try table.evaluation().warnings == evaluation.warnings)

      try write(picture(0.8), "\(folder)/test/bright/whole.png")
      try write(whole.image, "\(folder)/ground_truth/bright/whole.png")
      let told = try await CategoryMaps(of: MVTecCategory(folder), with: model.inspector()).scores
        .evaluation()
      #expect(told.warnings?.last?.hasPrefix("masks that mark every pixel") == true)
      #expect(told.pro != before.pro)
    }
  }

  @Test func `tells of masks that mark the wrong pixels`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await model()
      try write(picture(0.8), "\(folder)/test/bright/inverted.png")
      let marked = square(of: 16).isAnomalous.map { !$0 }
      let inverted = Mask(height: 16, width: 16, isAnomalous: marked)
      try write(inverted.image, "\(folder)/ground_truth/bright/inverted.png")
      for (name, mask) in [("0", square(of: 16).isAnomalous), ("1", marked.map { _ in false })] {
        let mask = Mask(height: 16, width: 16, isAnomalous: mask)
        try write(mask.image, "\(folder)/ground_truth/good/\(name).png")
      }
      let maps = try await CategoryMaps(of: category(folder), with: model.inspector())
      let warnings = try #require(maps.scores.evaluation().warnings)
      #expect(warnings.contains { $0.contains("invert") && $0.contains("bright/inverted.png") })
      let good = try #require(warnings.first { $0.contains("count as good") })
      #expect(good.contains("good/0.png") && !good.contains("good/1.png"))
    }
  }

  /// The folder of an image holds masks of several kinds of defect.
  @Test func `takes all masks of an image together`() async throws {
    try await withTemporaryFolder { folder in
      try write(picture(0.1), "\(folder)/test/good/0.png")
      try write(picture(0.9), "\(folder)/test/both/0.png")
      var halves = [square(of: 16).isAnomalous, square(of: 16).isAnomalous]
      for pixel in 0..<256 { halves[pixel % 16 < 6 ? 1 : 0][pixel] = false }
      for (number, half) in halves.enumerated() {
        let mask = Mask(height: 16, width: 16, isAnomalous: half)
        // Kinds of defect have values of their own.
        let pixels = mask.image.pixels.map { $0 * Float(number + 1) / 255 }
        try write(
          Image(height: 16, width: 16, pixels: pixels),
          "\(folder)/ground_truth/both/0/00\(number).png")
      }
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model().inspector())
      let masks = maps.entries.compactMap(\.mask)
      #expect(masks.map(\.isAnomalous) == [square(of: 16).isAnomalous])
      #expect(Set(masks[0].kinds) == [0, 1, 2], "each file a defect of its own")
      #expect(try maps.scores.evaluation().pro == 1)
    }
  }

  @Test(arguments: [["good"], ["bright"], ["good", "bright"]])
  func `is had of as little as one image`(kinds: [String]) async throws {
    try await withTemporaryFolder { folder in
      for kind in kinds { try write(picture(0.5), "\(folder)/test/\(kind)/0.png") }
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model().inspector())
      let evaluation = try maps.scores.evaluation()
      #expect(evaluation.images == kinds.count && evaluation.pixelROCAUC == nil)
      #expect((evaluation.imageROCAUC != nil) == (kinds.count == 2))
      #expect(evaluation.warnings?.isEmpty == false)
      try EvaluationReport(title: "one", maps, evaluation).write(to: "\(folder)/report")
    }
  }

  @Test func `names an image that cannot be read`() async throws {
    try await withTemporaryFolder { folder in
      _ = try category(folder)
      let broken = "\(folder)/test/bright/1.png"
      try AtomicFile.write(Data("no image".utf8), to: broken)
      let model = try await model()
      await #expect(throws: ImageFileError.foreign(broken)) {
        try await CategoryMaps(of: MVTecCategory(folder), with: model.inspector())
      }
    }
  }

  @Test func `is written as a page that needs nothing else`() async throws {
    try await withTemporaryFolder { folder in
      let maps = try await CategoryMaps(of: category("\(folder)/<c>"), with: model().inspector())
      let report = "\(folder)/report"
      try EvaluationReport(title: "<c> & co", maps, maps.scores.evaluation()).write(to: report)
      let page = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: "\(report)/index.html")), as: UTF8.self)
      #expect(page.contains("&lt;c&gt; &amp; co") && !page.contains("<c>"))
      #expect(page.components(separatedBy: "<svg").count == 4)
      #expect(!page.contains("http"), "nothing is fetched")
      for name in ["bright", "faint", "good", "unmarked"] {
        #expect(try Image(contentsOf: "\(report)/\(name).jpg").height > 0)
      }
    }
  }

  @Test func `keeps kinds of defect apart whatever they are called`() async throws {
    try await withTemporaryFolder { folder in
      let kinds = [
        "cut 1", "cut-1", "cut_1", "CUT-1", "<b>'&\"", "é", "a%2e#?",
        String(repeating: "x", count: 250),
      ]
      try write(picture(0.1), "\(folder)/test/good/0.png")
      for kind in kinds { try write(picture(0.9), "\(folder)/test/\(kind)/0.png") }
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model().inspector())
      let report = "\(folder)/report"
      try EvaluationReport(title: "t", maps, maps.scores.evaluation()).write(to: report)
      let page = try String(contentsOfFile: "\(report)/index.html", encoding: .utf8)
      let sources = page.matches(of: /<img src="([^"]*)"/).map { String($0.output.1) }
      #expect(Set(sources.map { $0.lowercased() }).count == kinds.count + 1)
      for source in sources {
        #expect(source.allSatisfy { $0.isASCII && !"%#?<>&/ ".contains($0) }, "\(source)")
        #expect(try Image(contentsOf: "\(report)/\(source)").height > 0)
      }
      #expect(page.contains("<h2>&lt;b&gt;&#39;&amp;&quot;</h2>") && !page.contains("<b>"))
    }
  }

  @Test func `replaces its own report and no file of others`() async throws {
    try await withTemporaryFolder { folder in
      let category = try category(folder)
      let maps = try await CategoryMaps(of: category, with: model().inspector())
      let report = try EvaluationReport(title: "t", maps, maps.scores.evaluation())
      try report.write(to: "\(folder)/report")
      try report.write(to: "\(folder)/report")
      // An image of somebody's, and a page.
      let image = "\(folder)/a/good.jpg"
      try write(picture(0.5), image)
      let page = "\(folder)/b/index.html"
      try makeFolder(of: page)
      try AtomicFile.write(Data("<html>".utf8), to: page)
      #expect {
        try EvaluationReport.check("\(folder)/a", for: category)
      } throws: { ($0 as? OriginError)?.path == image }
      #expect(throws: ReportError(page: page)) { try report.write(to: "\(folder)/b") }
      #expect(try Origin(ofFile: image) == nil && !fileExists("\(folder)/b/good.jpg"))
    }
  }
}
