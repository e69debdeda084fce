import ArgumentParser
import Experiments
import Files
import Foundation
import UninformedStudents

/// `students evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a model against pictures whose defects are marked.",
    discussion: """
      The folder has the layout of MVTec AD: test/good, test/<defect>, ground_truth/<defect>. Masks \
      are named as the picture, with or without _mask; defects without masks count for the image \
      score only. Everything is measured at the size that the model works at.

      With --json, one object with the keys imageROCAUC, pixelROCAUC, pro, images, anomalousImages, \
      classes (name, images, imageROCAUC, pixelROCAUC, pro), secondsPerImage, and for each figure of \
      the category an Interval (low, high): where it would lie in 95 of 100 test sets like this one, \
      by drawing pictures with replacement. A figure that cannot be had is left out.
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Argument(help: "A category in the layout of MVTec AD.")
  var category: String

  @Flag(help: "One JSON object instead of a table.")
  var json = false

  @Option(help: "Write a web page with curves and pictures into this folder.")
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Measure with these receptive fields of the model only, such as 33 or 17,65.",
      discussion: "One training then gives a table of receptive fields."))
  var scales: Scales?

  @Option(help: Precision.help)
  var precision: Precision?

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let device = try compute.prepared()
    let trained = try keptScales(
      of: TrainedModel(contentsOf: model).running(on: device, precision: precision))
    let display = ProgressDisplay()
    let maps = try CategoryMaps(
      of: MVTecCategory(category), with: trained, maxPixels: compute.maxPixels,
      reading: files.reading(for: trained)
    ) { done, count in display.show("mapping", done, count) }
    let evaluation = try maps.scores.evaluation()
    if let report {
      let name = URL(fileURLWithPath: category).lastPathComponent
      let title = "\(name): \(type(of: trained.detector).method)"
      try EvaluationReport(title: title, maps, evaluation).write(to: report)
      complain("\(report)/index.html: written")
    }
    say(json ? try evaluation.json() : table(evaluation))
  }

  private func keptScales(of trained: TrainedModel) throws -> TrainedModel {
    guard let scales else { return trained }
    let detector = trained.detector as? StudentTeacherDetector
    guard let kept = detector?.keeping(scales.receptiveFields) else {
      throw CommandError("\(model): has none of --scales \(scales.defaultValueDescription)")
    }
    return trained.replacing(kept)
  }

  private func table(_ evaluation: CategoryEvaluation) -> String {
    let width = max(8, evaluation.classes.map(\.name.count).max() ?? 0)
    let line = { (name: String, images: Int, figures: [Double?]) in
      name.padding(toLength: width, withPad: " ", startingAt: 0)
        + String(format: " %7d", images)
        + figures.map { $0.map { String(format: "  %13.3f", $0) } ?? "              –" }.joined()
    }
    let header =
      "defect".padding(toLength: width, withPad: " ", startingAt: 0)
      + "  images  image ROC-AUC  pixel ROC-AUC  PRO (FPR≤0.3)"
    let classes = evaluation.classes.map {
      line($0.name, $0.images, [$0.imageROCAUC, $0.pixelROCAUC, $0.pro])
    }
    let all = line(
      "all", evaluation.anomalousImages,
      [evaluation.imageROCAUC, evaluation.pixelROCAUC, evaluation.pro])
    let intervals = [
      evaluation.imageROCAUCInterval, evaluation.pixelROCAUCInterval, evaluation.proInterval,
    ]
    let range =
      "95 %".padding(toLength: width + 8, withPad: " ", startingAt: 0)
      + intervals.map { interval in
        let text = interval?.text ?? "–"
        return String(repeating: " ", count: 15 - text.count) + text
      }.joined()
    return ([header] + classes + [all, range]).joined(separator: "\n")
      + "\n\(evaluation.images) pictures, \(format(evaluation.secondsPerImage)) s each"
  }
}
