import AnomalyDetection
public import ModelFiles
import Networks
import Tensors

extension StudentTeacherDetector {
  private struct Configuration: Codable {
    let scales: [ReceptiveField]
    let students: Int
    let density: Density
    let padding: Padding
    let normalizations: [ScoreNormalization]
    /// Nil in files of before there was one, too.
    let screening: Screening?
  }

  /// The detector that ``write(to:)`` put into a file.
  public init(from file: ModelFile) throws {
    let configuration = try file.decode(Configuration.self, "student-teacher")
    guard configuration.normalizations.count == configuration.scales.count,
      !configuration.scales.isEmpty,
      Set(configuration.scales).count == configuration.scales.count,
      (1...1000).contains(configuration.students)
    else { throw ModelFileError.damaged("its scales do not fit its settings") }
    self.init(
      scales: try configuration.scales.map {
        try FittedScale($0, students: configuration.students, file.tensors)
      },
      normalizations: configuration.normalizations,
      mapping: DescriptorMapping(
        density: configuration.density, padding: configuration.padding),
      screening: configuration.screening)
  }

  /// Adds teachers, students and statistics to a file.
  public func write(to file: inout ModelFile) throws {
    let configuration = Configuration(
      scales: scales.map(\.receptiveField), students: scales[0].students.count,
      density: mapping.density, padding: mapping.padding, normalizations: normalizations,
      screening: screening)
    try file.encode(configuration, as: "student-teacher")
    for scale in scales {
      file.tensors.merge(scale.tensors()) { _, new in new }
    }
  }
}

extension FittedScale {
  private static func prefix(_ receptiveField: ReceptiveField) -> String {
    "p\(receptiveField.rawValue)."
  }

  fileprivate init(
    _ receptiveField: ReceptiveField, students: Int, _ tensors: [String: Tensor]
  ) throws {
    let prefix = Self.prefix(receptiveField)
    let checked = ModelTensors(tensors, prefix: prefix)
    let shape = [1, ReceptiveField.dimension, 1, 1]
    self.init(
      teacher: try PatchDescriptor(receptiveField, tensors, prefix: "\(prefix)teacher."),
      statistics: DescriptorStatistics(
        mean: try checked.tensor("mean", shape: shape),
        deviation: try checked.tensor("deviation", shape: shape)),
      students: try (0..<students).map {
        try PatchDescriptor(receptiveField, tensors, prefix: "\(prefix)student\($0).")
      })
  }

  fileprivate func tensors() -> [String: Tensor] {
    let prefix = Self.prefix(receptiveField)
    var tensors = teacher.tensors(prefix: "\(prefix)teacher.")
    tensors["\(prefix)mean"] = statistics.mean
    tensors["\(prefix)deviation"] = statistics.deviation
    for (number, student) in students.enumerated() {
      tensors.merge(student.tensors(prefix: "\(prefix)student\(number).")) { _, new in new }
    }
    return tensors
  }
}
