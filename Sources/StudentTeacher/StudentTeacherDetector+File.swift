import AnomalyDetection
public import ModelFiles
import Networks
import Tensors

extension StudentTeacherDetector {
  private struct Configuration: Codable {
    let scales: [ReceptiveField]
    let students: Int
    let padding: Padding
    let normalizations: [ScoreNormalization]
    /// Nil where no scale is cheap, or all are.
    let screening: Screening?
  }

  /// The detector that ``write(to:)`` put into a file.
  public init(from file: ModelFile) throws {
    let configuration = try file.decode(Configuration.self, "student-teacher")
    guard configuration.normalizations.count == configuration.scales.count,
      !configuration.scales.isEmpty, (1...1000).contains(configuration.students),
      Set(configuration.scales).count == configuration.scales.count
    else { throw ModelFileError.damaged("its scales do not fit its settings") }
    let (normalizations, screening) = (configuration.normalizations, configuration.screening)
    guard normalizations.allSatisfy({ $0.isSound(students: configuration.students) }),
      screening?.level.isFinite ?? true
    else { throw ModelFileError.damaged("the moments of its scores make no sense") }
    self.init(
      scales: try configuration.scales.map {
        try FittedScale($0, students: configuration.students, file.tensors)
      },
      normalizations: normalizations, padding: configuration.padding, screening: screening)
    guard self.screening != nil || !Screening.isPossible(scales.map(\.receptiveField)) else {
      throw ModelFileError.damaged("it has no level to screen by")
    }
  }

  /// Adds teachers, students and statistics to a file.
  public func write(to file: inout ModelFile) throws {
    let configuration = Configuration(
      scales: scales.map(\.receptiveField), students: scales[0].students.count,
      padding: padding, normalizations: normalizations, screening: screening)
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
    let deviation = try checked.tensor("deviation", shape: shape)
    guard try deviation.scalars().allSatisfy({ $0 > 0 }) else {
      throw ModelFileError.damaged("the deviations of its teacher's descriptors are not positive")
    }
    self.init(
      teacher: try PatchDescriptor(receptiveField, tensors, prefix: "\(prefix)teacher."),
      statistics: DescriptorStatistics(
        mean: try checked.tensor("mean", shape: shape), deviation: deviation),
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
