import Files
import Foundation
import UninformedStudents

/// The images of a report: of each kind a table of what was decided, with image, truth and map.
struct ReportImages {
  private let maps: CategoryMaps
  private let threshold: Calibration.Threshold?
  /// AUPIMO of each image.
  private let overlaps: [Double?]

  init(
    _ maps: CategoryMaps, _ pixels: PixelEvaluation?, _ threshold: Calibration.Threshold?
  ) throws {
    self.maps = maps
    self.threshold = threshold
    overlaps =
      try pixels.map(maps.scores.perImageOverlap)
      ?? [Double?](repeating: nil, count: maps.entries.count)
  }

  /// The table of one kind, the highest score first, and its sheets.
  func section(_ kind: String, writing sheets: ReportSheets) throws -> String {
    let numbers = maps.entries.indices.filter { maps.entries[$0].item.defect == kind }
      .sorted { maps.entries[$0].verdict.score > maps.entries[$1].verdict.score }
    try sheets.write(numbers.count, of: kind) { try images(of: maps.entries[numbers[$0]]) }
    let rows = numbers.enumerated().map { place, number in
      let entry = maps.entries[number]
      let name = "\(kind)/\(SystemPath.name(entry.item.path))"
      let strip = sheets.strip(
        place, of: numbers.count, kind: kind, columns: titles.count,
        text: "image, truth and map of \(name)")
      return row(strip, name, entry, overlaps[number])
    }
    return """
      <h2>\(escaped(kind))</h2>
      <p>\(legend) The highest score first. Click to enlarge.</p>
      <table><tr><th>\(titles.joined(separator: ", "))</th><th class="name">file</th><th>score</th>
      <th>p-value</th><th>AUPIMO</th><th class="name">verdict</th></tr>
      \(rows.joined(separator: "\n"))
      </table>
      """
  }

  private func row(
    _ strip: String, _ name: String, _ entry: CategoryMaps.Entry, _ overlap: Double?
  ) -> String {
    let (score, isDefective) = (entry.verdict.score, entry.item.isAnomalous)
    let (above, below) =
      isDefective ? ("anomalous", "good: missed") : ("anomalous: false alarm", "good")
    let isAbove = threshold.map { score > $0.score }
    let verdict = isAbove.map { $0 ? above : below } ?? "–"
    let isWrong = isAbove.map { $0 != isDefective } ?? false
    return """
      <tr data-score="\(score)" data-truth="\(isDefective ? "anomalous" : "good")"\
      \(isWrong ? " class=\"wrong\"" : "")><td>\(strip)</td><td class="name">\(escaped(name))</td>\
      <td>\(String(format: "%.3f", score))</td>\
      <td>\(threshold == nil ? "–" : String(format: "%.3f", maps.inspector.calibration.pValue(of: score)))</td>\
      <td>\(overlap.map { String(format: "%.3f", $0) } ?? "–")</td>\
      <td class="name verdict" data-above="\(above)" data-below="\(below)">\(verdict)</td></tr>
      """
  }

  /// What the columns of a strip show.
  private var titles: [String] {
    ["image", "truth", "map over it", "map"] + (isExplained ? ["worst patch", "most like it"] : [])
  }

  private var isExplained: Bool { maps.inspector.model.normalPatches != nil }

  private var legend: String {
    let basis = "Image, truth, and map."
    guard isExplained else { return basis }
    return basis
      + " Of images that are called anomalous at the model's rate, the patch with the highest "
      + "score in its surroundings, and the patch of a good image whose descriptor is nearest to it."
  }

  /// The surroundings of the worst patch, and of the normal one most like it.
  private func explanation(of entry: CategoryMaps.Entry) throws -> [Image?] {
    guard isExplained else { return [] }
    let views = try maps.inspector.views(
      of: Array(entry.verdict.regions.filter { $0.similar != nil }.prefix(1)),
      in: entry.original(), entry.verdict)
    guard let views = views.first, views.count > 2 else { return [nil, nil] }
    return [views[0], views[2]]
  }

  private func images(of entry: CategoryMaps.Entry) throws -> [Image?] {
    let (map, score) = (entry.verdict.map, entry.verdict.score)
    let level =
      threshold.map { maps.inspector.level(of: map, scoring: score, $0) } ?? entry.verdict.level
    let scale = maps.inspector.heatScale(level)
    let image = try entry.image()
    return try [
      image, entry.mask.map { image.outlined($0) } ?? image,
      image.grey().overlaid(with: map.decidingScores, scale: scale),
      Image(heat: map.decidingScores, height: map.height, width: map.width, scale: scale),
    ] + explanation(of: entry)
  }
}
