import Foundation
import UninformedStudents

/// How many images of each kind score how much, a row of bars each, as SVG with the threshold across.
package struct ScoreHistogram {
  private let kinds: [ImageKind]
  private let threshold: Float?
  /// What the axis spans.
  private let range: ClosedRange<Double>

  /// A histogram.
  ///
  /// - Parameters:
  ///   - kinds: The rows, at least one score in all.
  ///   - threshold: Where the line stands; nil for none.
  ///   - reach: More scores that must have a place, such as other thresholds.
  package init(_ kinds: [ImageKind], threshold: Float?, reach: [Float] = []) {
    self.kinds = kinds
    self.threshold = threshold
    let scores = (kinds.flatMap(\.scores) + reach + [threshold].compactMap(\.self)).map(Double.init)
    let (low, high) = (scores.min() ?? 0, scores.max() ?? 1)
    // A single score stands in the middle.
    let spare = high > low ? (high - low) / 50 : max(abs(low) / 50, 1e-6)
    range = low - spare...high + spare
  }

  private static let bins = 60
  private static let (left, width, right) = (150.0, 600.0, 20.0)
  private static let (top, row, bar) = (12.0, 46.0, 34.0)

  /// Where a score stands on the axis.
  package func x(_ score: Float) -> Double {
    let share = (Double(score) - range.lowerBound) / (range.upperBound - range.lowerBound)
    return ((Self.left + Self.width * share) * 100).rounded() / 100
  }

  private var bottom: Double { Self.top + Self.row * Double(kinds.count) }

  package var svg: String {
    let (total, height) = (Self.left + Self.width + Self.right, bottom + 44)
    let line = threshold.map { threshold in
      """
      <line class="threshold" x1="\(x(threshold))" x2="\(x(threshold))" \
      y1="\(Self.top - 8)" y2="\(bottom)"/>
      """
    }
    return """
      <svg class="histogram" viewBox="0 0 \(total) \(height)" role="img">
      <title>Scores of the images of each kind\(threshold == nil ? "" : ", and the threshold")</title>
      \(axis)
      \(kinds.enumerated().map { bars(of: $1, base: Self.top + Self.row * Double($0 + 1)) }
        .joined(separator: "\n"))
      \(line ?? "")
      </svg>
      """
  }

  private func bars(of kind: ImageKind, base: Double) -> String {
    var counts = [Int](repeating: 0, count: Self.bins)
    let step = Self.width / Double(Self.bins)
    for score in kind.scores {
      counts[min(Int((x(score) - Self.left) / step), Self.bins - 1)] += 1
    }
    let most = Double(counts.max() ?? 1)
    let bars = counts.enumerated().filter { $1 > 0 }.map { bin, count in
      let height = Self.bar * Double(count) / most
      let label = count == 1 ? "1 image" : "\(count) images"
      return """
        <rect x="\(text(Self.left + step * Double(bin)))" y="\(text(base - height))" \
        width="\(text(step - 1))" height="\(text(height))"><title>\(label)</title></rect>
        """
    }
    // A long name would run out of the image; its row in the table has all of it.
    let name = kind.name.count > 18 ? kind.name.prefix(17) + "…" : kind.name
    return """
      <text x="\(Self.left - 10)" y="\(text(base - 8))" text-anchor="end">\(escaped(name))</text>
      <line class="grid" x1="\(Self.left)" x2="\(Self.left + Self.width)" y1="\(base)" y2="\(base)"/>
      <g class="\(kind.isAnomalous ? "defective" : "good")">\(bars.joined())</g>
      """
  }

  /// Scores that are easy to read, below the rows.
  private var axis: String {
    let rough = (range.upperBound - range.lowerBound) / 6
    let decade = pow(10, floor(log10(rough)))
    let step = decade * ([1, 2, 5].first { $0 * decade >= rough } ?? 10)
    let digits = max(0, Int(-floor(log10(step))))
    let first = (range.lowerBound / step).rounded(.up) * step
    let ticks = stride(from: first, through: range.upperBound, by: step).map { score in
      let place = text(x(Float(score)))
      return """
        <line class="grid" x1="\(place)" x2="\(place)" y1="\(Self.top)" y2="\(bottom + 4)"/>\
        <text x="\(place)" y="\(bottom + 18)" text-anchor="middle">\
        \(String(format: "%.\(digits)f", score == 0 ? 0 : score))</text>
        """
    }
    return ticks.joined(separator: "\n")
      + """

      <text x="\(Self.left + Self.width / 2)" y="\(bottom + 38)" text-anchor="middle">score</text>
      """
  }

  private func text(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}
