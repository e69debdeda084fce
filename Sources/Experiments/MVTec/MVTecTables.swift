import Foundation
import UninformedStudents

extension MVTecResults {
  /// All tables that the cells make.
  public var tables: [ResultTable] {
    let fields = Set(cells.filter { $0.method == .studentTeacher }.map(\.scales))
    return [
      methodTable, perImageTable, imageTable, fields.count > 1 ? scaleTable : nil, studentTable,
      timeTable,
    ].compactMap(\.self)
  }

  /// Per-region overlap, category by category and method by method, the paper's beside ours.
  ///
  /// Each method with the most receptive fields that it was measured with.
  public var methodTable: ResultTable {
    proTable(widestCells.map { ($0.method, $0.cells[0].scales, $0.method.name) })
  }

  /// Per-image overlap at rates of false alarms a thousand times lower, for the same methods; nil where no
  /// category has enough good pixels.
  public var perImageTable: ResultTable? {
    guard cells.contains(where: { $0.evaluation?.aupimo != nil }) else { return nil }
    return table("AUPIMO", \.aupimo, \.aupimoInterval)
  }

  /// The area under the ROC curve of whole images, for the same methods.
  public var imageTable: ResultTable {
    table("image ROC-AUC", \.imageROCAUC, \.imageROCAUCInterval)
  }

  /// One figure, category by category and method by method.
  private func table(
    _ title: String, _ figure: KeyPath<CategoryEvaluation, Double?>,
    _ interval: KeyPath<CategoryEvaluation, ConfidenceInterval?>
  ) -> ResultTable {
    let columns = widestCells.map { method, cells in
      let found = { cell($0, method, cells[0].scales) }
      return FigureColumn(title: method.name, figure: { found($0)?.evaluation?[keyPath: figure] }) {
        described(found($0)) { Self.text($0[keyPath: figure], $0[keyPath: interval]) }
      }
    }
    return ResultTable(title, categories, digits: 3, columns)
  }

  /// Per-region overlap of the student-teacher method by receptive field.
  public var scaleTable: ResultTable {
    let scales = Set(cells.filter { $0.method == .studentTeacher }.map(\.scales))
      .sorted { ($0.count, $0.first?.rawValue ?? 0) < ($1.count, $1.first?.rawValue ?? 0) }
    return proTable(scales.map { (.studentTeacher, $0, Self.title($0)) })
  }

  /// Per-region overlap by the number of students, where several were asked for.
  public var studentTable: ResultTable? {
    let own = cells.filter { $0.method == .studentTeacher }
    guard let widest = own.map(\.scales).max(by: { $0.count < $1.count }) else { return nil }
    let counts = Set(own.filter { $0.scales == widest }.compactMap(\.students)).sorted()
    guard counts.count > 1 else { return nil }
    return proTable(
      counts.map { count in
        proColumn("M = \(count)") { cell($0, .studentTeacher, widest, students: count) }
      })
  }

  private var categories: [String] { Set(cells.map(\.category)).sorted() }

  /// How long methods take: minutes to learn a category, and seconds to map an image, averaged over
  /// the categories that were trained here.
  public var timeTable: ResultTable {
    let text = { (values: [Double], format: String) in
      values.isEmpty
        ? "–" : String(format: format, values.reduce(0, +) / Double(values.count))
    }
    return ResultTable(
      header: ["method", "training, min", "a map, s"],
      rows: widestCells.map { method, cells in
        [
          method.name, text(cells.compactMap(\.trainingSeconds).map { $0 / 60 }, "%.1f"),
          text(cells.compactMap(\.evaluation?.secondsPerImage), "%.2f"),
        ]
      })
  }

  /// The cells of each method with the most receptive fields that it was measured with.
  private var widestCells: [(method: MethodEntry, cells: [Cell])] {
    MethodEntry.allCases.compactMap { method in
      let own = cells.filter {
        $0.method == method && ($0.students ?? configuration.students) == configuration.students
      }
      guard let most = own.map(\.scales.count).max() else { return nil }
      return (method, own.filter { $0.scales.count == most })
    }
  }

  /// How a set of receptive fields is written.
  static func title(_ scales: [ReceptiveField]) -> String {
    "p = " + scales.map { "\($0.rawValue)" }.joined(separator: ", ")
  }

  /// A column a method and its receptive fields, and one of the paper's figures after each.
  private func proTable(
    _ columns: [(method: MethodEntry, scales: [ReceptiveField], title: String)]
  ) -> ResultTable {
    proTable(
      columns.flatMap { method, scales, title in
        [
          proColumn(title) { cell($0, method, scales) },
          FigureColumn(title: "paper") { PaperMVTec.pro($0, method, scales: scales) },
        ]
      })
  }

  private func proTable(_ columns: [FigureColumn]) -> ResultTable {
    ResultTable("category", categories, digits: 3, columns)
  }

  private func proColumn(_ title: String, _ cell: @escaping (String) -> Cell?) -> FigureColumn {
    FigureColumn(title: title, figure: { cell($0)?.evaluation?.pro }) {
      described(cell($0)) { evaluation in
        evaluation.pro.map { Self.text($0, evaluation.proInterval) }
          ?? evaluation.imageROCAUC.map { "image " + Self.text($0, nil) } ?? "–"
      }
    }
  }

  private func described(_ cell: Cell?, _ text: (CategoryEvaluation) -> String) -> String {
    cell?.evaluation.map(text) ?? (cell == nil ? "–" : "failed")
  }

  private static func text(_ figure: Double?, _ interval: ConfidenceInterval?) -> String {
    guard let figure else { return "–" }
    return String(format: "%.3f", figure) + (interval.map { " (\($0.text))" } ?? "")
  }
}
