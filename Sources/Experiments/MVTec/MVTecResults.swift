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
    /// Times that students see each image; nil for the recipe's own number.
    public var epochs: Int?
    /// The side to which images are resized.
    public var imageSide: Int
    /// The source of all randomness.
    public var seed: UInt64
  }

  /// How well one method finds the defects of one category.
  public struct Cell: Codable, Sendable, Equatable {
    /// The category.
    public var category: String
    /// The method.
    public var method: MethodEntry
    /// The receptive fields whose maps are fused; none for methods without a teacher.
    public var scales: [ReceptiveField]
    /// Students for each receptive field; nil for methods without students.
    public var students: Int?
    /// What tells all that the figures depend on from others: the model's fingerprint and the test
    /// images; nil in results of before it was kept, which are filled again.
    public var inputs: String?
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
  public var version = PackageVersion.current
  /// Where the cells were computed.
  public var device: Device
  /// How many threads the processor used.
  public var threads = Runtime.threads
  /// The version of libtorch.
  public var libtorch = Runtime.libtorchVersion
  /// Those filled so far, in the order in which they were filled.
  public var cells: [Cell] = []

  /// The cell of a category, method and receptive fields, where it is filled.
  ///
  /// - Parameters:
  ///   - category: The category.
  ///   - method: The method.
  ///   - scales: Its receptive fields.
  ///   - students: How many students it has; nil for all that were trained.
  /// - Returns: The cell.
  public func cell(
    _ category: String, _ method: MethodEntry, _ scales: [ReceptiveField], students: Int? = nil
  ) -> Cell? {
    let students = method.hasStudents ? students ?? configuration.students : nil
    return cells.first {
      $0.category == category && $0.method == method && $0.scales == scales
        && $0.students == students
    }
  }

  /// Puts a cell in the place of what was there.
  mutating func fill(_ cell: Cell) {
    cells.removeAll {
      $0.category == cell.category && $0.method == cell.method && $0.scales == cell.scales
        && $0.students == cell.students
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
      .sorted { ($0.count, $0[0].rawValue) < ($1.count, $1[0].rawValue) }
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
