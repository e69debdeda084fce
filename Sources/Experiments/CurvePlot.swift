import UninformedStudents

/// A curve over the false-positive rate, as SVG in the style of ``ReportPage``.
struct CurvePlot {
  let title: String
  let axis: String
  let curve: Curve
  let limit: Double

  init(_ title: String, _ axis: String, _ curve: Curve, limit: Double = 1) {
    self.title = title
    self.axis = axis
    self.curve = curve
    self.limit = limit
  }

  private static let side = 240.0
  private static let margin = 36.0

  var svg: String {
    let (side, margin) = (Self.side, Self.margin)
    let points = curve.thinned().filter { $0.x <= limit }
    let path = points.map { "\(text(x($0.x))),\(text(y($0.y)))" }.joined(separator: " ")
    let ticks = stride(from: 0.0, through: 1, by: 0.25).map { share in
      """
      <line x1="\(text(margin))" x2="\(text(margin + side))" y1="\(text(y(share)))" \
      y2="\(text(y(share)))" class="grid"/>\
      <text x="\(text(margin - 4))" y="\(text(y(share) + 4))" text-anchor="end">\(share)</text>\
      <text x="\(text(margin + share * side))" y="\(text(margin + side + 16))" \
      text-anchor="middle">\((share * limit * 1000).rounded() / 1000)</text>
      """
    }
    return """
      <svg viewBox="0 0 \(text(side + 2 * margin)) \(text(side + 2 * margin + 12))" role="img">
      <title>\(escaped(title))</title>
      <text x="\(text(margin))" y="20" font-size="14">\(escaped(title)): \(escaped(axis))</text>
      \(ticks.joined(separator: "\n"))
      <polyline points="\(path)" class="curve"/>
      <text x="\(text(margin + side / 2))" y="\(text(margin * 2 + side - 6))" \
      text-anchor="middle">false-positive rate</text>
      </svg>
      """
  }

  private func x(_ rate: Double) -> Double { Self.margin + Self.side * rate / limit }
  private func y(_ share: Double) -> Double { Self.margin + Self.side * (1 - share) }
  private func text(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}
