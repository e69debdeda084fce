import ArgumentParser
import Experiments
import Files
import Foundation
import UninformedStudents

/// `students evaluate`.
struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a model against images whose defects are marked.",
    discussion: """
      The folder has the layout of MVTec AD: test/good, test/<defect>, ground_truth/<defect>. \
      Good images may also lie in a folder named ok, okay, normal, nominal, pass, io or nodefect, \
      whatever its case; hidden and empty folders are skipped. Everything is measured in the square \
      that the model inspects, and masks are brought to it as images are: pixels that --roi and --fit leave out or pad, and pixels that --ignore \
      marks, count in no pixel figure. An image whose defect lies only there is still a defective \
      image; it is named.

      A mask has the name of its image, with or without an ending such as _mask, _gt or _label \
      (MVTec AD, VisA, BTAD), or lies in a folder of that name (MVTec LOCO), and has the same \
      aspect ratio. 0 or black is background, and every other value marks; in a JPEG, values from \
      half the highest value on mark. The pixels of a defect without a mask are left out, and so \
      are those whose mask marks nothing or does not fit. Each is named on standard error.

      Areas under curves say how well scores separate defects, whatever the threshold. The \
      decisions at the model's own threshold stand beside them: how many defective images are \
      found, and how many good ones are called anomalous, each with its 95 % interval (exact, \
      Clopper and Pearson). PRO is the mean overlap with each region up to a false-positive rate \
      of 0.3. AUPIMO is the overlap with each image's defects at rates of 1e-5 to 1e-4 of the \
      pixels of good images; it needs 10,000 of these, and with fewer than 100,000 it is too low \
      rather than too high.

      With --json, prints one object with the keys imageROCAUC, pixelROCAUC, pro, aupimo, images, \
      anomalousImages, classes (name, images, imageROCAUC, pixelROCAUC, pro, aupimo, found) and \
      secondsPerImage, and for each figure of the category an Interval (low, high), its 95 % \
      bootstrap confidence interval over test images. found has an exact interval of its own. \
      decisions has falseAlarms (the promised rate), falseAlarmsAtMost (what this calibration may give), threshold, found (defective \
      images called anomalous) and falselyFound (good images called anomalous), both with count, \
      of, share and interval. A figure that cannot be computed is left out; with --scales there \
      are no decisions. warnings lists what was skipped or left out.
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Argument(help: "A category in the layout of MVTec AD.")
  var category: String

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @Option(help: FalseAlarms.help, in: .share)
  var falseAlarms: Double?

  @OptionGroup var numbers: MapOptions

  @Option(
    help:
      "Write a web page with decisions, curves and images into this folder; other files in it stay."
  )
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Measure with only these receptive fields of the model, such as 33 or 17,65.",
      discussion:
        "One training then gives a table of receptive fields. Nothing is decided, because the "
        + "calibration is for all of them together."), in: .scales)
  var scales: Scales?

  @Option(help: Precision.help)
  var precision: Precision?

  @Option(help: "The density of the maps; the model must be calibrated for it.")
  var density: Density?

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if scales != nil, falseAlarms != nil {
      throw ValidationError(
        "--false-alarms decides with all receptive fields of the model; leave out --scales.")
    }
  }

  func run() async throws {
    let device = try compute.prepared()
    for folder in [report, numbers.maps].compactMap(\.self) {
      try AtomicFile.checkWritable(folder: folder)
    }
    let trained = try keptScales(of: TrainedModel(contentsOf: model))
    let inspector = try await naming(model) {
      try await trained.inspector(on: device, precision: precision, density: density)
    }
    let threshold = scales == nil ? inspector.calibration.threshold(falseAlarms: falseAlarms) : nil
    FalseAlarms.tellLeast(of: inspector.calibration, asked: falseAlarms)
    let images = try MVTecCategory(category)
    if let report { try EvaluationReport.check(report, for: images) }
    for note in images.notes { complain(note) }
    try tellLearnt(images, trained)
    let display = ProgressDisplay()
    let maps = try await CategoryMaps(
      of: images, with: inspector, maxPixels: compute.maxPixels,
      reading: files.reading(for: trained)
    ) { done, count in display.show("mapping", done, count) }
    let evaluation = try maps.scores.evaluation(deciding: threshold)
    for warning in (evaluation.warnings ?? []).dropFirst(images.notes.count) { complain(warning) }
    let name = SystemPath.name(SystemPath.resolved(category))
    if let folder = numbers.maps {
      try maps.write(to: folder, category: name, size: numbers.mapSize)
      complain("\(SystemPath.joined(folder, name)): \(evaluation.images) maps")
    }
    if let report {
      let title = "\(name): \(type(of: trained.detector).method)"
      let explained = try await maps.explained { display.show("explaining", $0, $1) }
      try EvaluationReport(title: title, explained, evaluation).write(to: report)
      complain("\(report)/index.html: written")
    }
    say(lines: json ? try evaluation.json() : table(evaluation))
  }

  /// Test images that were learnt from look better than new ones will.
  private func tellLearnt(_ category: MVTecCategory, _ trained: TrainedModel) throws {
    let learnt = try trained.learnt(
      from: category.images(
        maxPixels: compute.maxPixels, reading: files.reading(for: trained)))
    guard !learnt.isEmpty else { return }
    complain(
      "the model has learnt from \(learnt.count) of these images, so the figures look better than they "
        + "are: \(firstFew(learnt))")
  }

  private func keptScales(of trained: TrainedModel) throws -> TrainedModel {
    guard let scales else { return trained }
    let detector = trained.detector as? StudentTeacherDetector
    guard let kept = detector?.keeping(scales.receptiveFields) else {
      throw CommandError(
        "\(model): has no receptive field of --scales \(scales.description); name others, or leave out --scales"
      )
    }
    return trained.replacing(kept)
  }

  private func table(_ evaluation: CategoryEvaluation) -> String {
    let width = max(8, evaluation.classes.map { shown($0.name).count }.max() ?? 0)
    let line = { (name: String, images: String, cells: [String]) in
      name + padding(name, to: width) + padding(images, to: 12) + images
        + cells.map { padding($0, to: 15) + $0 }.joined()
    }
    let figures = { (figures: [Double?]) in figures.map { $0.map(format) ?? "–" } }
    let header = line(
      "defect", evaluation.decisions == nil ? "images" : "found",
      ["image ROC-AUC", "pixel ROC-AUC", "PRO (FPR≤0.3)", "AUPIMO"])
    let classes = evaluation.classes.map {
      line(
        shown($0.name), $0.found?.text ?? "\($0.images)",
        figures([$0.imageROCAUC, $0.pixelROCAUC, $0.pro, $0.aupimo]))
    }
    let all = line(
      "all", evaluation.decisions?.found?.text ?? "\(evaluation.anomalousImages)",
      figures([
        evaluation.imageROCAUC, evaluation.pixelROCAUC, evaluation.pro, evaluation.aupimo,
      ]))
    let intervals = [
      evaluation.imageROCAUCInterval, evaluation.pixelROCAUCInterval, evaluation.proInterval,
      evaluation.aupimoInterval,
    ]
    let range = line("95 %", "", intervals.map { $0?.text ?? "–" })
    return
      ([header] + classes + [all, range] + (evaluation.decisions.map(lines) ?? []) + [
        "\(evaluation.images) images"
          + (evaluation.secondsPerImage.map { ", \(format($0)) s each" } ?? "")
      ]).joined(separator: "\n")
  }

  private func padding(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count))
  }

  /// What is decided about images, for people.
  private func lines(_ decisions: ImageDecisions) -> [String] {
    let line = { (name: String, part: Proportion, of: String) in
      "\(name) \(part.text) \(of) images: \(part.percent) (95 %: \(part.percentInterval))"
    }
    return [
      decisions.found.map { line("found", $0, "defective") },
      decisions.falselyFound.map {
        line("false alarms", $0, "good")
          + ", where at most \(decisions.falseAlarms.percent) are promised, on average over calibrations"
      },
    ].compactMap(\.self)
  }
}
