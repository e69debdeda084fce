import Foundation
import Serving

/// The evidence of drift as it went, on a logarithmic scale, as SVG.
struct DriftPlot {
  let signal: Drift.Signal

  private static let (width, height, margin) = (640.0, 200.0, 40.0)

  /// From a hundredth to at least ten thousand.
  private var top: Double { max(4, log10(signal.highestEvidence).rounded(.up)) }

  private func y(_ evidence: Double) -> Double {
    let power = min(max(log10(max(evidence, 1e-2)), -2), top)
    return Self.height - Self.margin / 2 - (power + 2) / (top + 2) * (Self.height - Self.margin)
  }

  var svg: String {
    let (width, margin) = (Self.width, Self.margin)
    let text = { (value: Double) in String((value * 10).rounded() / 10) }
    let points = signal.course.enumerated().map { place, point in
      let x =
        margin + Double(place) / Double(max(signal.course.count - 1, 1)) * (width - margin - 8)
      return "\(text(x)),\(text(y(point.evidence)))"
    }
    let grid = [0.01, 1, 100, 10_000].map { evidence in
      """
      <line x1="\(margin)" x2="\(width - 8)" y1="\(text(y(evidence)))" y2="\(text(y(evidence)))" \
      class="\(evidence == 100 ? "alarm" : "grid")"/><text x="\(margin - 4)" \
      y="\(text(y(evidence) + 4))" text-anchor="end">\(evidence.formatted(.number.grouping(.never)))</text>
      """
    }
    return """
      <svg class="plot" viewBox="0 0 \(width) \(Self.height)" role="img" \
      aria-label="\(signal.kind.rawValue): evidence of \(signal.images) images, at most \(decimal(signal.highestEvidence))">
      \(grid.joined(separator: "\n"))<polyline points="\(points.joined(separator: " "))"/></svg>
      """
  }
}

/// What the page of drift says of a model.
struct DriftRow {
  let model: String
  let called: String?
  let promised: String
  let signals: [SignalRow]

  init(_ drift: Drift) {
    model = drift.model
    called = drift.calledAnomalous.map {
      "\($0.count) of the last \($0.of): \(percent($0.share)), "
        + "\(percent($0.interval.low)) to \(percent($0.interval.high))"
    }
    promised = percent(drift.falseAlarms)
    signals = drift.signals.map(SignalRow.init)
  }
}

/// What it says of one signal.
struct SignalRow {
  let name: String
  let images: Int
  let isDrifting: Bool
  let evidence: String
  let highest: String
  let advice: String
  let plot: String?

  init(_ signal: Drift.Signal) {
    (name, advice) =
      switch signal.kind {
      case .score:
        (
          "Scores of images called good",
          "Look at light, lens and position first; then calibrate with reviewed images, or train again."
        )
      case .brightness: ("Brightness", "Look at lamps, exposure and shade.")
      case .sharpness: ("Sharpness", "Look at focus, lens and vibration.")
      }
    images = signal.images
    isDrifting = signal.isDrifting
    evidence = decimal(signal.evidence)
    highest = decimal(signal.highestEvidence)
    plot = signal.course.count > 1 ? DriftPlot(signal: signal).svg : nil
  }
}
