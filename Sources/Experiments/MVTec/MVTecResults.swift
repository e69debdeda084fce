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
  public struct Cell: ResultCell {
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
    /// What tells the images from others, those to learn from and the test images, with their masks; nil
    /// in results of before it was kept, and where they cannot be read.
    public var images: String?
    /// The figures; nil where something went wrong.
    public var evaluation: CategoryEvaluation?
    /// Seconds that the training took, of all receptive fields that were trained together, which are kept
    /// beside the results; nil where they are not known.
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
  /// Those filled so far, method by method and category by category.
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

  /// Where a cell stands.
  struct Place: Hashable {
    let category: String
    let method: MethodEntry
    let scales: [ReceptiveField]
    let students: Int?
  }
}

extension MVTecResults.Cell {
  /// Its category, method, receptive fields and students, for people.
  public var name: String { place.description }

  var place: MVTecResults.Place {
    .init(category: category, method: method, scales: scales, students: students)
  }

  var time: CellTime {
    get { CellTime(seconds: trainingSeconds, secondsPerImage: evaluation?.secondsPerImage) }
    set {
      trainingSeconds = newValue.seconds
      evaluation?.secondsPerImage = newValue.secondsPerImage
    }
  }

  var source: CellSource? {
    images.map { CellSource(name: "the images of \(category)", digits: $0) }
  }
}

extension MVTecResults.Place: Comparable, CustomStringConvertible {
  /// As people are told of it.
  var description: String {
    let parts = [
      category, method.name, scales.isEmpty ? nil : "p = \(sides)", students.map { "M = \($0)" },
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  private var sides: String { scales.map { "\($0.rawValue)" }.joined(separator: ",") }

  static func < (a: Self, b: Self) -> Bool {
    (a.method.number, a.category, a.scales.count, a.sides, a.students ?? 0)
      < (b.method.number, b.category, b.scales.count, b.sides, b.students ?? 0)
  }
}

// MARK: - What they depend on

extension MVTecResults {
  func knowing(teachersOf other: Self) -> Self? {
    var copy = self
    copy.teachers.merge(other.teachers) { own, _ in own }
    return other.teachers.allSatisfy { copy.teachers[$0.key] == $0.value } ? copy : nil
  }

  func dependencies() throws -> [String: String] {
    let settings = configuration
    return [
      "students": String(settings.students), "recipe": settings.recipe.rawValue,
      "epochs": settings.epochs.map(String.init) ?? "the recipe's",
      "image side": String(settings.imageSide), "seed": String(settings.seed),
      "teachers": try teachers.json(), "version": version, "device": device.description,
      "threads": String(threads), "libtorch": libtorch,
    ]
  }
}
