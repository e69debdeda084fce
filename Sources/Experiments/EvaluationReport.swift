import Files
import Foundation
public import UninformedStudents

/// A web page about an evaluation that opens from disk: figures, curves, and the images.
public struct EvaluationReport: Sendable {
  private let title: String
  private let maps: CategoryMaps
  private let evaluation: CategoryEvaluation

  /// Checks that a report of a category can be written, so that long work does not fail at its end.
  ///
  /// - Parameters:
  ///   - folder: Where it is to be written; it is made where it is missing.
  ///   - category: The category.
  /// - Throws: What ``write(to:)`` would throw because of what is in the folder.
  public static func check(_ folder: String, for category: MVTecCategory) throws {
    _ = try ReportFolder(folder, images: defects(category.test))
  }

  private static func defects(_ items: [MVTecCategory.Item]) -> [String] {
    Set(items.map(\.defect)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A report of these maps and figures.
  public init(title: String, _ maps: CategoryMaps, _ evaluation: CategoryEvaluation) {
    self.title = title
    self.maps = maps
    self.evaluation = evaluation
  }

  /// Writes `index.html` and the contact sheets into a folder, which is made where it is missing.
  ///
  /// A report that is there is replaced; files of others are not.
  ///
  /// - Throws: ``ReportError`` and `OriginError` where files of others are in the way, `FileError`
  ///   where something cannot be written.
  public func write(to folder: String) throws {
    let defects = Self.defects(maps.entries.map(\.item))
    let files = try ReportFolder(folder, images: defects)
    var sections = ""
    for defect in defects {
      let entries = maps.entries.filter { $0.item.defect == defect }
        .sorted { $0.inspection.score > $1.inspection.score }
      try files.write(sheet(entries), as: defect)
      sections += """
        <h2>\(escaped(defect))</h2>
        <p>Image, truth and map; the highest score first\
        \(entries.count > Self.rows ? ", \(Self.rows) of \(entries.count)" : "").</p>
        <img src="\(files.name(of: defect))" alt="image, truth and map of \(escaped(defect))">

        """
    }
    try files.write(page(sections))
  }

  /// The most images of one kind on a sheet.
  private static let rows = 24

  /// The worst images of one kind of all: image, truth, map.
  private func sheet(_ entries: [CategoryMaps.Entry]) throws -> Image {
    let scale = maps.inspector.heatScale(maps.entries[0].inspection.threshold)
    return try Image.contactSheet(
      entries.prefix(Self.rows).map { entry in
        let map = entry.inspection.map
        let image = try entry.image()
        let truth =
          entry.mask.map { image.outlined($0) } ?? image
        return [
          image, truth,
          image.grey().overlaid(with: map.scores, scale: scale),
          Image(heat: map.scores, height: map.height, width: map.width, scale: scale),
        ]
      }, side: 192)
  }

  /// How pages look.
  static let style = """
    <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
      color: #1d2430; background: #fff }
    table { border-collapse: collapse; display: block; overflow-x: auto }
    td, th { padding: .3rem 1rem; text-align: right; border-bottom: 1px solid #d8dde5 }
    td:first-child, th:first-child { text-align: left }
    .curves { display: flex; flex-wrap: wrap; gap: 2rem } svg { width: 17rem } img { max-width: 100% }
    </style>
    """

  private func page(_ sections: String) throws -> String {
    let pixels = try maps.scores.pixels()
    let rows = evaluation.classes.map {
      row($0.name, $0.images, $0.imageROCAUC, $0.pixelROCAUC, $0.pro)
    }
    let all = row(
      "all", evaluation.anomalousImages, evaluation.imageROCAUC, evaluation.pixelROCAUC,
      evaluation.pro)
    let intervals = row(
      "95 % of draws", evaluation.images, evaluation.imageROCAUCInterval,
      evaluation.pixelROCAUCInterval, evaluation.proInterval)
    return """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      \(ReportFolder.generator)
      <title>\(escaped(title))</title>
      \(Self.style)
      <h1>\(escaped(title))</h1>
      <p>\(evaluation.images) test images, \(evaluation.anomalousImages) of them anomalous;
      \(String(format: "%.2f", evaluation.secondsPerImage)) s an image.</p>
      \(warnings)
      <table><tr><th>defect</th><th>images</th><th>image ROC-AUC</th><th>pixel ROC-AUC</th>
      <th>PRO (FPR ≤ 0.3)</th></tr>
      \((rows + [all, intervals]).joined(separator: "\n"))
      </table>
      <div class="curves">
      \(try maps.scores.imageROC().map { CurvePlot("ROC of images", "true-positive rate", $0).svg } ?? "")
      \(try pixels.map { try CurvePlot("ROC of pixels", "true-positive rate", $0.roc()).svg } ?? "")
      \(try pixels.map {
        try CurvePlot(
          "Per-region overlap", "mean overlap", $0.perRegionOverlap(), limit: CategoryScores.proLimit
        ).svg
      } ?? "")
      </div>
      \(sections)</html>

      """
  }

  /// What was passed over or left out.
  private var warnings: String {
    guard let warnings = evaluation.warnings, !warnings.isEmpty else { return "" }
    return "<ul>\(warnings.map { "<li>\(escaped($0))</li>" }.joined())</ul>"
  }

  private func row(
    _ name: String, _ images: Int, _ figures: Double?...
  ) -> String {
    row(name, images, cells: figures.map { $0.map { String(format: "%.3f", $0) } ?? "–" })
  }

  private func row(_ name: String, _ images: Int, _ intervals: ConfidenceInterval?...) -> String {
    row(name, images, cells: intervals.map { $0?.text ?? "–" })
  }

  private func row(_ name: String, _ images: Int, cells: [String]) -> String {
    "<tr><td>\(escaped(name))</td><td>\(images)</td>"
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
