import Files
import Foundation
public import UninformedStudents

/// A web page about an evaluation that opens from disk: decisions, figures, curves, and the images.
public struct EvaluationReport: Sendable {
  private let title: String
  private let maps: CategoryMaps
  private let evaluation: CategoryEvaluation
  private let threshold: Calibration.Threshold?

  /// Checks that a report of a category can be written, so that long work does not fail at its end.
  ///
  /// - Parameters:
  ///   - folder: Where it is to be written; it is made where it is missing.
  ///   - category: The category.
  /// - Throws: What ``write(to:)`` would throw because of what is in the folder.
  public static func check(_ folder: String, for category: MVTecCategory) throws {
    _ = try ReportFolder(folder, images: ReportSheets.names(of: category.test))
  }

  /// A report of these maps and figures.
  public init(title: String, _ maps: CategoryMaps, _ evaluation: CategoryEvaluation) {
    self.title = title
    self.maps = maps
    self.evaluation = evaluation
    threshold = evaluation.decisions.map {
      maps.inspector.calibration.threshold(falseAlarms: $0.falseAlarms)
    }
  }

  /// Writes `index.html` and the contact sheets into a folder, which is made where it is missing.
  ///
  /// A report that is there is replaced; files of others are not.
  ///
  /// - Throws: ``ReportError`` and `OriginError` where files of others are in the way, `FileError`
  ///   where something cannot be written.
  public func write(to folder: String) throws {
    let files = try ReportFolder(
      folder, images: ReportSheets.names(of: maps.entries.map(\.item)))
    let sheets = ReportSheets(
      side: min(max(192, maps.inspector.model.framing.side), 256), in: files)
    let pixels = try maps.scores.pixels()
    let kinds = maps.scores.kinds
    let images = try ReportImages(maps, pixels, threshold)
    let sections = try kinds.map { try images.section($0.name, writing: sheets) }
    try files.write(page(pixels, kinds, sections))
  }

  private func page(
    _ pixels: PixelEvaluation?, _ kinds: [ImageKind], _ sections: [String]
  ) throws -> String {
    """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    \(ReportFolder.generator)
    <title>\(escaped(title))</title>
    \(ReportPage.style)
    <h1>\(escaped(title))</h1>
    <p>\(evaluation.images) test images, \(evaluation.anomalousImages) of them anomalous\(
      evaluation.secondsPerImage.map { String(format: ";\n%.2f s an image", $0) } ?? "").</p>
    \(warnings)
    <h2>Decisions</h2>
    \(try decisions(kinds))
    <h2>Areas under curves</h2>
    \(figures)
    <div class="curves">
    \(try curves(pixels).map(\.svg).joined(separator: "\n"))
    </div>
    \(sections.joined(separator: "\n"))
    <dialog aria-label="An image, enlarged"><form method="dialog"><button>Close</button></form>
    <p></p><div class="strip"></div></dialog>
    \(ReportPage.script)
    </html>

    """
  }

  /// What was passed over or left out.
  private var warnings: String {
    guard let warnings = evaluation.warnings, !warnings.isEmpty else { return "" }
    return "<ul>\(warnings.map { "<li>\(escaped($0))</li>" }.joined())</ul>"
  }

  /// The scores of all kinds; and where there is a threshold, what it decides, and others would.
  private func decisions(_ kinds: [ImageKind]) throws -> String {
    guard let threshold else {
      return """
        \(ScoreHistogram(kinds, threshold: nil).svg)
        <p>Nothing is decided: the calibration of the model is not of these scores.</p>
        """
    }
    let calibration = maps.inspector.calibration
    let histogram = ScoreHistogram(
      kinds, threshold: threshold.score,
      reach: RateChoices.thresholds(of: calibration).map(\.score))
    let defects = kinds.filter(\.isAnomalous)
    let groups =
      kinds.map { (name: $0.name, kinds: [$0]) }
      + (defects.count > 1 ? [(name: "all defects", kinds: defects)] : [])
    let rates = RateChoices(
      calibration, chosen: threshold, groups: groups.map(\.kinds), in: histogram)
    let choice = rates.choices[rates.chosen]
    let rows = groups.enumerated().map { number, group in
      let cells = choice.decided[3 * number..<3 * number + 3]
      return "<tr><th scope=\"row\">\(escaped(group.name))</th>"
        + "<td>\(group.kinds[0].isAnomalous ? "found" : "false alarms")</td>"
        + cells.map { "<td class=\"decided\">\($0)</td>" }.joined() + "</tr>"
    }
    return """
      <p class="rate" hidden><label for="rate">Rate of false alarms</label>
      <input type="range" id="rate" min="0" max="\(rates.choices.count - 1)" value="\(rates.chosen)"></p>
      <p>False alarms: <output for="rate" id="promise">\(choice.promise)</output></p>
      \(histogram.svg)
      <table><tr><th>images</th><th></th><th>called anomalous</th><th>share</th>
      <th>95 % interval</th></tr>
      \(rows.joined(separator: "\n"))
      </table>
      <script type="application/json" id="choices">\(try rates.script())</script>
      """
  }

  private func curves(_ pixels: PixelEvaluation?) throws -> [CurvePlot] {
    let images = try maps.scores.imageROC().map {
      CurvePlot("ROC of images", "true-positive rate", $0)
    }
    guard let pixels else { return [images].compactMap(\.self) }
    return [
      images, CurvePlot("ROC of pixels", "true-positive rate", try pixels.roc()),
      CurvePlot(
        "Per-region overlap", "mean overlap", try pixels.perRegionOverlap(),
        limit: CategoryScores.proLimit),
    ].compactMap(\.self)
  }

  private var figures: String {
    let rows = evaluation.classes.map {
      row($0.name, $0.images, [$0.imageROCAUC, $0.pixelROCAUC, $0.pro, $0.aupimo])
    }
    let all = row(
      "all", evaluation.anomalousImages,
      [evaluation.imageROCAUC, evaluation.pixelROCAUC, evaluation.pro, evaluation.aupimo])
    let intervals = [
      evaluation.imageROCAUCInterval, evaluation.pixelROCAUCInterval, evaluation.proInterval,
      evaluation.aupimoInterval,
    ]
    let range = row("95 % of draws", evaluation.images, cells: intervals.map { $0?.text ?? "–" })
    return """
      <table><tr><th>defect</th><th>images</th><th>image ROC-AUC</th><th>pixel ROC-AUC</th>
      <th>PRO (FPR ≤ 0.3)</th><th>AUPIMO</th></tr>
      \((rows + [all, range]).joined(separator: "\n"))
      </table>
      """
  }

  private func row(_ name: String, _ images: Int, _ figures: [Double?]) -> String {
    row(name, images, cells: figures.map { $0.map { String(format: "%.3f", $0) } ?? "–" })
  }

  private func row(_ name: String, _ images: Int, cells: [String]) -> String {
    "<tr><th scope=\"row\">\(escaped(name))</th><td>\(images)</td>"
      + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
  }
}

extension ConfidenceInterval {
  /// Both ends, as one writes them.
  public var text: String { String(format: "%.3f–%.3f", low, high) }
}

/// A text that means itself in HTML; what cannot be shown there has a sign in its place.
func escaped(_ text: String) -> String {
  SystemPath.readable(text).unicodeScalars.map { scalar in
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    case "\"": "&quot;"
    case "'": "&#39;"
    case "\n", "\t", " ": String(scalar)
    default: scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }
  }.joined()
}
