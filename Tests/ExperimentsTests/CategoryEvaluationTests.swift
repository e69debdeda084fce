import Experiments
import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

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
  func anomalyMap(of image: Image) throws -> AnomalyMap {
    let scores = stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] }
    return AnomalyMap(height: image.height, width: image.width, scores: scores)
  }
  func running(on device: Device, precision: ScalarType) throws -> BrightnessDetector { self }
  func write(to file: inout ModelFile) throws {}
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
      let mask = Mask(bright: picture(0.9)).resized(height: 32, width: 32)
      try write(mask.image, "\(folder)/ground_truth/\(defect)/0_mask.png")
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
      let maps = try CategoryMaps(of: category(folder), with: await model())
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

  @Test func `is written as a page that needs nothing else`() async throws {
    try await withTemporaryFolder { folder in
      let maps = try CategoryMaps(of: category("\(folder)/<c>"), with: await model())
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
}
