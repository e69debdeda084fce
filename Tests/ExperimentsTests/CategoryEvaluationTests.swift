import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments

@Suite struct `The evaluation of a category`: BrightSquares {
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
      #expect(
        warnings.contains(
          "ground_truth/bright/wide_mask.png: 8 × 4 pixels, but its image has another aspect"))
      #expect(try evaluation.json().contains("\"warnings\":["))
      // The tables' maps say the same.
      let category = try MVTecCategory(folder)
      let table = try await CategoryScores(
        of: category, ImageCollection(paths: category.test.map(\.path)),
        by: model.detector.prepared(), framing: Framing(side: 16))
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

  @Test func `decides with a threshold, and says how sure that makes`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await model(levels: [0.15, 0.25])
      let maps = try await CategoryMaps(of: category(folder), with: model.inspector())
      let threshold = model.calibration.threshold()
      // A ten-thousandth above the score of a good image.
      #expect(abs(threshold.score - 0.250025) < 1e-7 && threshold.falseAlarms == 1.0 / 3)
      // One good picture is brighter than 0.25, and the faint defect is not.
      let evaluation = try maps.scores.evaluation(deciding: threshold)
      let decisions = try #require(evaluation.decisions)
      #expect(
        decisions.found == Proportion(2, of: 3) && decisions.falselyFound == Proportion(1, of: 2))
      #expect(
        decisions.threshold == threshold.score && decisions.falseAlarms == threshold.falseAlarms)
      #expect(decisions.falseAlarmsAtMost == threshold.falseAlarmsAtMost)
      #expect(evaluation.classes.map(\.found?.count) == [1, 0, 1])
      let lower = model.calibration.threshold(falseAlarms: 0.67)
      let other = try maps.scores.evaluation(deciding: lower)
      #expect(abs(lower.score - 0.150015) < 1e-7 && other.decisions?.threshold == lower.score)
      #expect(other.decisions?.found?.count == 3)
      let none = try maps.scores.evaluation()
      #expect(none.decisions == nil && none.classes.allSatisfy { $0.found == nil })
    }
  }

  @Test func `tells how much of each defect is found at few false positives`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await model(side: 128)
      let maps = try await CategoryMaps(of: category(folder, side: 128), with: model.inspector())
      let evaluation = try maps.scores.evaluation()
      // 1024 pixels of a good picture come before the faint defect.
      #expect(evaluation.classes.map(\.aupimo) == [1, 0, nil] && evaluation.aupimo == 0.5)
      #expect(evaluation.aupimoInterval == ConfidenceInterval(low: 0, high: 1))
      let pixels = try #require(try maps.scores.pixels())
      #expect(try maps.scores.perImageOverlap(pixels) == [1, 0, nil, nil, nil])
      let small = try await CategoryMaps(of: category(folder), with: self.model().inspector())
      #expect(try small.scores.evaluation().aupimo == nil, "512 good pixels")
    }
  }

  @Test func `writes maps where other programs look for them`() async throws {
    try await withTemporaryFolder { folder in
      let category = try category(folder)
      try write(picture(0.7, side: 32), "\(folder)/test/bright/0.bmp.png")
      try write(picture(0.7, side: 32), "\(folder)/test/bright/1.png")
      let maps = try await CategoryMaps(
        of: MVTecCategory(folder), with: model().inspector())
      try maps.write(to: "\(folder)/maps", category: "c")
      let places = [
        "good/0", "good/1", "bright/0", "bright/0.bmp", "bright/1", "faint/0", "unmarked/0",
      ]
      for place in places {
        #expect(Origin(ofFile: "\(folder)/maps/c/test/\(place).tiff") == .scores)
      }
      #expect(maps.entries.count == places.count && category.test.count == places.count - 2)
      // An image of 32 × 32 pixels was halved, and its map is enlarged again.
      let large = try Image(contentsOf: "\(folder)/maps/c/test/bright/1.tiff")
      #expect(large.height == 32 && abs(large.pixels[3 * (12 * 32 + 12)] - 0.7) < 0.02)
      try maps.write(to: "\(folder)/maps", category: "c", size: .model)
      let small = try Image(contentsOf: "\(folder)/maps/c/test/bright/1.tiff")
      #expect(small.height == 16 && abs(small.pixels[3 * (6 * 16 + 6)] - 0.7) < 0.02)
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

  /// The defects lie in the second quarter of rows and columns.
  @Test func `measures only what the model looks at`() async throws {
    try await withTemporaryFolder { folder in
      let category = try category(folder)
      let plain = try await CategoryMaps(of: category, with: model().inspector()).scores
        .evaluation()
      let mask = Mask(
        height: 16, width: 16,
        isAnomalous: (0..<256).map { (4..<8).contains($0 / 16) && (4..<6).contains($0 % 16) })
      let half = try Framing(side: 16).ignoring(mask, of: picture(0.1), named: "mask")
      let region = Framing(side: 12, region: Rectangle(x: 4, y: 4, width: 12, height: 12))
      for (framing, pixels, defect) in [(half, 248, 8), (region, 144, 16)] {
        let model = try await model(framing: framing)
        let maps = try await CategoryMaps(of: category, with: model.inspector())
        let evaluation = try maps.scores.evaluation()
        for entry in maps.entries {
          #expect(entry.verdict.map.deciding(entry.verdict.map.scores).count == pixels)
          if let mask = entry.mask { #expect(mask.isAnomalous.count { $0 } == defect) }
        }
        // The brightest good image comes before the faint defect, at as many pixels.
        let rate = Double(defect) / Double(3 * pixels - defect)
        let faint = try #require(evaluation.classes[1].pixelROCAUC)
        #expect(abs(faint - (1 - rate)) < 1e-6)
        #expect(try abs(#require(evaluation.classes[0].pro) - 1) < 1e-9)
        #expect(evaluation.imageROCAUC == plain.imageROCAUC)
        #expect(evaluation.warnings == plain.warnings)
        try EvaluationReport(title: "some", maps, evaluation).write(to: "\(folder)/report")
      }
    }
  }

  @Test func `names defects that lie where the model does not look`() async throws {
    try await withTemporaryFolder { folder in
      let category = try category(folder)
      let ignoring = try Framing(side: 16).ignoring(
        square(of: 16), of: picture(0.1), named: "mask")
      let region = Framing(side: 8, region: Rectangle(x: 8, y: 0, width: 8, height: 16))
      for framing in [ignoring, region] {
        let model = try await model(framing: framing)
        let maps = try await CategoryMaps(of: category, with: model.inspector())
        let evaluation = try maps.scores.evaluation()
        // They are defective all the same, and look as good ones do.
        #expect(evaluation.anomalousImages == 3 && evaluation.imageROCAUC == 0.5)
        #expect(evaluation.pixelROCAUC == nil && evaluation.pro == nil)
        let warning = try #require(evaluation.warnings?.last)
        #expect(warning.contains("outside the inspected area") && warning.contains("bright/0.png"))
        #expect(warning.contains("faint/0.png") && !warning.contains("unmarked/0.png"))
      }
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
}
