import Foundation
package import UninformedStudents

/// The rates of false alarms that the reader of a page chooses among, and what each decides.
///
/// All numbers are computed here; the page's script only shows them.
package struct RateChoices {
  /// What the page shows at one rate.
  struct Choice: Encodable {
    /// Scores above this are anomalous.
    let threshold: Float
    /// Where the threshold stands in the histogram.
    let x: Double
    /// What is promised, in words.
    let promise: String
    /// Of each line of the table of decisions: count, share and interval.
    let decided: [String]
  }

  let choices: [Choice]
  /// The number of the rate that the page begins with.
  let chosen: Int

  /// The most rates; of a calibration of more images they lie the closer the lower they are.
  private static let most = 100

  init(
    _ calibration: Calibration, chosen threshold: Calibration.Threshold, groups: [[ImageKind]],
    in histogram: ScoreHistogram
  ) {
    let thresholds = Self.thresholds(of: calibration, with: threshold)
    chosen = thresholds.firstIndex { $0.falseAlarms >= threshold.falseAlarms } ?? 0
    choices = thresholds.map { threshold in
      Choice(
        threshold: threshold.score, x: histogram.x(threshold.score),
        promise: Self.promise(threshold),
        decided: groups.flatMap { Self.cells($0, above: threshold.score) })
    }
  }

  /// The thresholds of a calibration, by their rates, a given one among them.
  package static func thresholds(
    of calibration: Calibration, with chosen: Calibration.Threshold? = nil
  ) -> [Calibration.Threshold] {
    let count = calibration.images.count
    let spread = (0..<most).map { place in
      Int(pow(Double(count), Double(place) / Double(most - 1)).rounded())
    }
    let needed = chosen.map { Int(($0.falseAlarms * Double(count + 1)).rounded()) }
    let ranks = count <= most ? Array(1...count) : Set(spread + [needed ?? 1]).sorted()
    return ranks.map { calibration.threshold(falseAlarms: Double($0) / Double(count + 1)) }
  }

  private static func promise(_ threshold: Calibration.Threshold) -> String {
    """
    at most \(threshold.falseAlarms.percent) of good images, on average over calibrations; this one may \
    really give up to \(threshold.falseAlarmsAtMost.percent). Scores above \
    \(String(format: "%.3f", threshold.score)) are anomalous.
    """
  }

  private static func cells(_ kinds: [ImageKind], above threshold: Float) -> [String] {
    guard let called = kinds.called(above: threshold) else { return ["–", "–", "–"] }
    return [called.text, called.percent, called.percentInterval]
  }

  /// The choices as the text of a `script` element.
  func script() throws -> String { try scriptSafe(choices.json()) }
}

/// JSON that means the same within a `script` element, in which no tag and no comment can begin.
func scriptSafe(_ json: String) -> String {
  json.replacingOccurrences(of: "<", with: "\\u003C")
}
