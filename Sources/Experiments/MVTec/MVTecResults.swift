import Foundation
public import UninformedStudents

/// The cells of the tables of MVTec AD, with all that is needed to fill them again.
public struct MVTecResults: ExperimentResults, Sendable, Equatable {
  /// What the cells depend on.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Students for each receptive field.
    public var students: Int
    /// How the students are trained.
    public var recipe: Recipe
    /// Times that students see each picture; nil for the recipe's own number.
    public var epochs: Int?
    /// The side to which pictures are resized.
    public var imageSide: Int
    /// The source of all randomness.
    public var seed: UInt64
  }

  /// How well one method finds the defects of one category.
  public struct Cell: Codable, Sendable, Equatable {
    /// The category.
    public var category: String
    /// The method.
    public var method: MethodName
    /// The receptive fields whose maps are fused; one for all methods but the student-teacher.
    public var scales: [ReceptiveField]
    /// The figures; nil where something went wrong.
    public var evaluation: CategoryEvaluation?
    /// Seconds that the training took, of all receptive fields that were trained together.
    public var trainingSeconds: Double?
    /// What went wrong, in one line.
    public var error: String?
  }

  /// What the cells depend on.
  public var configuration: Configuration
  /// What tells each teacher from others, by the side of its patches.
  public var teachers: [Int: String] = [:]
  /// The version of this package.
  public var version = Provenance.currentVersion
  /// Where the cells were computed.
  public var device: Device
  /// How many threads the processor used.
  public var threads = Runtime.threads
  /// The version of libtorch.
  public var libtorch = Runtime.libtorchVersion
  /// Those filled so far, in the order in which they were filled.
  public var cells: [Cell] = []

  /// The cell of a category, method and receptive fields, where it is filled.
  public func cell(
    _ category: String, _ method: MethodName, _ scales: [ReceptiveField]
  ) -> Cell? {
    cells.first { $0.category == category && $0.method == method && $0.scales == scales }
  }

  /// Puts a cell in the place of what was there.
  mutating func fill(_ cell: Cell) {
    cells.removeAll {
      $0.category == cell.category && $0.method == cell.method && $0.scales == cell.scales
    }
    cells.append(cell)
  }
}

// MARK: - Tables

extension MVTecResults {
  /// Per-region overlap, category by category and method by method, the paper's beside ours.
  ///
  /// Each method with the most receptive fields that it was measured with.
  public var methodTable: ResultTable {
    let columns = MethodName.allCases.compactMap { method in
      cells.filter { $0.method == method }.map(\.scales).max { $0.count < $1.count }
        .map { Column(method: method, scales: $0, title: method.rawValue) }
    }
    return table(columns) { PaperMVTec.pro($0, $1.method, scales: $1.scales) }
  }

  /// Per-region overlap of the student-teacher method by receptive field.
  public var scaleTable: ResultTable {
    let scales = Set(cells.filter { $0.method == .studentTeacher }.map(\.scales))
      .sorted { ($0.count, $0[0].rawValue) < ($1.count, $1[0].rawValue) }
    let columns = scales.map {
      Column(method: .studentTeacher, scales: $0, title: Self.title($0))
    }
    return table(columns) { PaperMVTec.pro($0, $1.method, scales: $1.scales) }
  }

  /// How a set of receptive fields is written.
  static func title(_ scales: [ReceptiveField]) -> String {
    "p = " + scales.map { "\($0.rawValue)" }.joined(separator: ", ")
  }

  private struct Column {
    let method: MethodName
    let scales: [ReceptiveField]
    let title: String
  }

  private func table(
    _ columns: [Column], paper: (_ category: String, Column) -> Double?
  ) -> ResultTable {
    let categories = Set(cells.map(\.category)).sorted()
    let text = { (value: Double?) in value.map { String(format: "%.3f", $0) } ?? "–" }
    let rows = categories.map { category in
      [category]
        + columns.flatMap { column in
          [
            described(cell(category, column.method, column.scales)),
            text(paper(category, column)),
          ]
        }
    }
    let means = columns.flatMap { column in
      [
        text(
          completeMean(
            categories.map { cell($0, column.method, column.scales)?.evaluation?.pro })),
        text(completeMean(categories.map { paper($0, column) })),
      ]
    }
    return ResultTable(
      header: ["category"] + columns.flatMap { [$0.title, "paper"] },
      rows: rows + [["mean"] + means])
  }

  private func described(_ cell: Cell?) -> String {
    guard let evaluation = cell?.evaluation else { return cell == nil ? "–" : "failed" }
    guard let pro = evaluation.pro else {
      return evaluation.imageROCAUC.map { String(format: "image %.3f", $0) } ?? "–"
    }
    let interval = evaluation.proInterval.map { " (\($0.text))" } ?? ""
    return String(format: "%.3f", pro) + interval
  }
}
