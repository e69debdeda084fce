import Foundation

/// A column of figures in a table, one figure a row.
struct FigureColumn {
  let title: String
  /// The figure of the row with a name; nil where there is none.
  let figure: (String) -> Double?
  /// What stands in the row; nil for the figure itself.
  var text: ((String) -> String)?
}

/// A table of texts, for a terminal or a page.
public struct ResultTable: Sendable {
  private let header: [String]
  private let rows: [[String]]

  init(header: [String], rows: [[String]]) {
    self.header = header
    self.rows = rows
  }

  /// A row a name, and one of the means of all columns.
  ///
  /// - Parameters:
  ///   - title: What the names are.
  ///   - names: The names of the rows.
  ///   - digits: Figures are rounded to so many behind the point.
  ///   - columns: The columns.
  init(_ title: String, _ names: [String], digits: Int, _ columns: [FigureColumn]) {
    let rows = names.map { name in
      [name] + columns.map { $0.text?(name) ?? Self.text($0.figure(name), digits) }
    }
    let means = columns.map { Self.text(completeMean(names.map($0.figure)), digits) }
    self.init(header: [title] + columns.map(\.title), rows: rows + [["mean"] + means])
  }

  private static func text(_ figure: Double?, _ digits: Int) -> String {
    figure.map { String(format: "%.\(digits)f", $0) } ?? "–"
  }

  /// Figures and their mean, rounded.
  static func texts(_ figures: [Double?], digits: Int) -> [String] {
    (figures + [completeMean(figures)]).map { text($0, digits) }
  }

  /// For a terminal.
  public var text: String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      zip(row, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return index == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// For a page in Markdown.
  public var markdown: String {
    let line = { (cells: [String]) in "| \(cells.joined(separator: " | ")) |" }
    return ([line(header), line(header.map { _ in "---" })] + rows.map(line))
      .joined(separator: "\n")
  }

  /// For a web page.
  var html: String {
    let line = { (cells: [String], tag: String) in
      "<tr>\(cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined())</tr>"
    }
    let lines = [line(header, "th")] + rows.map { line($0, "td") }
    return "<table>\n\(lines.joined(separator: "\n"))\n</table>"
  }
}

/// The mean; nil where a value is missing, or all: a mean of some would be compared with one of all.
private func completeMean(_ values: [Double?]) -> Double? {
  let known = values.compactMap(\.self)
  guard known.count == values.count, !known.isEmpty else { return nil }
  return known.reduce(0, +) / Double(known.count)
}
