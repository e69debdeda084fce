public import AnomalyDetection
public import Networks

/// A method in the registry: all that other code has to know about it.
///
/// The command line, the paper's tables, the reading of model files and the contract suite walk
/// through ``allCases``; none of them lists methods of its own. In JSON and on the command line an
/// entry is its name.
public struct MethodEntry: Sendable {
  /// What the method does, in a few words for help texts.
  public let summary: String
  /// What the method learns: the content of its model files.
  public let detector: any AnomalyDetector.Type
  /// The receptive fields that it looks at in the paper: none where it needs no teacher, and several only
  /// where it fuses them.
  public let receptiveFields: [ReceptiveField]
  /// Whether it looks at images through a pretrained network, which `TrainingRun.encoder` must hold.
  public let needsEncoder: Bool
  /// The options that change its settings; it ignores all others.
  public let options: Set<MethodOption>
  /// Whether it belongs to the paper's table of MVTec AD.
  public let isInMVTecTable: Bool
  /// How it fills its column of the one-class tables; nil where it has none.
  public let oneClassColumn: OneClassColumn?

  private let make: @Sendable (MethodOptions) -> any AnomalyMethod

  /// An entry of a method that `make` sets up by options.
  init<Method: AnomalyMethod>(
    _ summary: String, receptiveFields: [ReceptiveField] = [], needsEncoder: Bool = false,
    options: Set<MethodOption>, isInMVTecTable: Bool = true, oneClass: OneClassColumn? = nil,
    make: @escaping @Sendable (MethodOptions) -> Method
  ) {
    self.summary = summary
    self.receptiveFields = receptiveFields
    self.needsEncoder = needsEncoder
    self.options = options
    self.isInMVTecTable = isInMVTecTable
    self.make = make
    detector = Method.Detector.self
    oneClassColumn = oneClass
  }

  /// The name on the command line, in tables and in model files, such as `student-teacher`.
  public var name: String { detector.method }

  /// The method with its settings: the paper's, but for the given options.
  public func method(_ options: MethodOptions = MethodOptions()) -> any AnomalyMethod {
    make(options)
  }

  /// Whether it judges what a teacher says of patches, and so has receptive fields.
  public var usesTeacher: Bool { !receptiveFields.isEmpty }

  /// Whether it may look at several receptive fields at once.
  public var fusesScales: Bool { receptiveFields.count > 1 }

  /// Whether it trains an ensemble of students.
  public var hasStudents: Bool { options.contains(.students) }

  /// Whether it learns step by step, by gradients.
  public var learnsByGradients: Bool { options.contains(.epochs) }
}

extension MethodEntry: RawRepresentable, Codable, Hashable, CustomStringConvertible {
  /// The entry of a name; nil where there is none.
  public init?(rawValue: String) {
    guard let entry = Self.allCases.first(where: { $0.name == rawValue }) else { return nil }
    self = entry
  }

  /// The name.
  public var rawValue: String { name }

  /// The name.
  public var description: String { name }

  /// Whether two entries have one name.
  public static func == (a: MethodEntry, b: MethodEntry) -> Bool { a.name == b.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

// MARK: - Tables

extension MethodEntry {
  /// The methods of the paper's table of MVTec AD, in its order.
  public static let mvtec = allCases.filter(\.isInMVTecTable)

  /// The methods of the one-class tables, in the paper's order.
  public static let oneClass = allCases.filter { $0.oneClassColumn != nil }
    .sorted { $0.oneClassColumn?.place ?? 0 < $1.oneClassColumn?.place ?? 0 }

  /// Those of ``oneClass`` that are compared unless the caller chooses.
  public static let oneClassDefault = oneClass.filter { $0.oneClassColumn?.isDefault == true }
}

/// A column of the one-class tables: how a method judges small images, each zoomed to a patch.
public struct OneClassColumn: Sendable {
  /// Where the column stands in the paper's tables, from the left.
  let place: Int
  /// Whether the method is compared unless the caller chooses.
  let isDefault: Bool
  /// Learns a class and scores the test images.
  package let scores: @Sendable (OneClassTask, TrainingRun) async throws -> OneClassScores

  init(
    place: Int, isDefault: Bool = true,
    scores: @escaping @Sendable (OneClassTask, TrainingRun) async throws -> OneClassScores
  ) {
    self.place = place
    self.isDefault = isDefault
    self.scores = scores
  }
}
