public import UninformedStudents

/// The cells of a one-class table, with all that is needed to fill them again.
public struct OneClassResults: ExperimentResults, Sendable, Equatable {
  /// What the cells depend on.
  public struct Configuration: Codable, Sendable, Equatable {
    /// The data set.
    public var dataset: OneClassDataset
    /// What tells the images from others; nil in results of before it was kept.
    public var pictures: String?
    /// The most images of a class that are learnt from; nil for all.
    public var trainLimit: Int?
    /// The most test images; nil for all.
    public var testLimit: Int?
    /// How students are trained.
    public var students: PatchStudents.Settings
    /// How OCGAN is trained.
    public var ocgan: OCGAN.Settings
    /// The source of all randomness.
    public var seed: UInt64
  }

  /// How well one method tells one class from the others.
  public struct Cell: ResultCell {
    /// The method.
    public var method: MethodEntry
    /// The losses of the students' teacher, as in the paper's rows: `k,c`; nil for other methods.
    public var losses: String?
    /// The class that was learnt.
    public var name: String
    /// The area under the ROC curve over the test images.
    public var rocAUC: Double
    /// The same by the students' regression error alone; nil for other methods.
    public var errorROCAUC: Double?
    /// The same by their predictive uncertainty alone; nil for other methods.
    public var uncertaintyROCAUC: Double?
    /// Seconds to learn and to score the test images, which are kept beside the results; nil where they are
    /// not known.
    public var seconds: Double?
  }

  /// What the cells depend on.
  public var configuration: Configuration
  /// What tells each students' teacher from others, by the losses that it was trained with.
  public var teachers: [String: String] = [:]
  /// What tells the teacher whose descriptors other methods judge; nil where none was asked for.
  public var describer: String?
  /// The version of this package.
  public var version = PackageVersion.current
  /// Where the cells were computed.
  public var device: Device
  /// How many threads the processor used.
  public var threads = Runtime.threads
  /// The version of libtorch.
  public var libtorch = Runtime.libtorchVersion
  /// Those filled so far, method by method and class by class.
  public var cells: [Cell] = []

  /// A row of the table: a method, with each teacher that its students have.
  struct Row: Hashable {
    let method: MethodEntry
    /// Those of the students' teacher; nil for other methods.
    var losses: String?
  }

  /// Where a cell stands: a row, and the class that was learnt.
  struct Place: Hashable {
    let row: Row
    let name: String
  }

  /// The cell of a row and class, where it is filled.
  func cell(_ row: Row, _ name: String) -> Cell? {
    cells.first { $0.row == row && $0.name == name }
  }
}

extension OneClassResults.Cell {
  /// The row that the cell stands in.
  var row: OneClassResults.Row { .init(method: method, losses: losses) }

  var place: OneClassResults.Place { .init(row: row, name: name) }

  var time: CellTime {
    get { CellTime(seconds: seconds) }
    set { seconds = newValue.seconds }
  }
}

extension OneClassResults.Row {
  /// What tells the work on a class in this row from that on others.
  func work(_ name: String) -> String {
    ([method.name, name] + [losses].compactMap(\.self)).joined(separator: "-")
  }
}

extension OneClassResults.Place: Comparable, CustomStringConvertible {
  var description: String {
    [row.method.name, row.losses, name].compactMap(\.self).joined(separator: ", ")
  }

  static func < (a: Self, b: Self) -> Bool {
    (a.row.method.number, a.row.losses ?? "", a.name)
      < (b.row.method.number, b.row.losses ?? "", b.name)
  }
}

// MARK: - What they depend on

extension OneClassResults {
  /// What tells the teacher of a row from others; nil where it has none, or none was asked for.
  func teacher(of row: Row) -> String? {
    guard row.method.usesTeacher else { return nil }
    return row.losses.map { teachers[$0] } ?? describer
  }

  func knowing(teachersOf other: Self) -> Self? {
    var copy = self
    copy.teachers.merge(other.teachers) { own, _ in own }
    copy.describer = describer ?? other.describer
    let isSame =
      other.teachers.allSatisfy { copy.teachers[$0.key] == $0.value }
      && (other.describer ?? copy.describer) == copy.describer
    return isSame ? copy : nil
  }

  func dependencies() throws -> [String: String] {
    let settings = configuration
    return [
      "data set": settings.dataset.rawValue, "images": settings.pictures ?? "",
      "train limit": settings.trainLimit.map(String.init) ?? "none",
      "test limit": settings.testLimit.map(String.init) ?? "none",
      "settings of students": try settings.students.json(),
      "settings of ocgan": try settings.ocgan.json(), "seed": String(settings.seed),
      "teachers": try teachers.json(), "teacher of other methods": describer ?? "",
      "version": version, "device": device.description, "threads": String(threads),
      "libtorch": libtorch,
    ]
  }
}
