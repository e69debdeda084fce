import Foundation
import UninformedStudents

/// Results class by class and method by method, the paper's beside ours.
public struct OneClassTable: Sendable {
  private let header: [String]
  private let rows: [[String]]

  /// The table of the methods and classes that have cells.
  public init(_ results: OneClassResults) {
    let configuration = results.configuration
    let methods = MethodName.oneClass.filter { method in
      results.cells.contains { $0.method == method }
    }
    let names = configuration.dataset.classes.filter { name in
      results.cells.contains { $0.name == name }
    }
    header = ["class"] + methods.flatMap { [$0.rawValue, "paper"] }
    let paper = { (method: MethodName, name: String) in
      PaperOneClass.rocAUC(configuration.dataset, method, name, losses: configuration.losses)
    }
    var rows = names.map { name in
      [name]
        + methods.flatMap { method in
          [Self.text(results.cell(method, name)?.rocAUC), Self.text(paper(method, name))]
        }
    }
    // A mean of some of the classes would be compared with one of other classes.
    let means = methods.flatMap { method in
      [
        Self.mean(names.map { results.cell(method, $0)?.rocAUC }),
        Self.mean(names.map { paper(method, $0) }),
      ]
    }
    rows.append(["mean"] + means.map(Self.text))
    self.rows = rows
  }

  private static func mean(_ values: [Double?]) -> Double? {
    let known = values.compactMap(\.self)
    guard known.count == values.count, !known.isEmpty else { return nil }
    return known.reduce(0, +) / Double(known.count)
  }

  private static func text(_ value: Double?) -> String {
    value.map { String(format: "%.4f", $0) } ?? "–"
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
}
