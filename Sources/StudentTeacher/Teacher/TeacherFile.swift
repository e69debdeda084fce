import Files
import ModelFiles
public import Networks
import Tensors

/// A trained teacher in a safetensors file, with what it was made of.
public struct TeacherFile: Sendable {
  /// The network.
  public let teacher: PatchDescriptor
  /// How it was trained, as text by key.
  ///
  /// Such as `receptive field`, `encoder`, `photos`, `steps` and `seed`.
  public let card: [String: String]

  private static let receptiveField = "receptive field"

  /// A teacher and how it was trained.
  public init(_ teacher: PatchDescriptor, card: [String: String]) {
    self.teacher = teacher
    self.card = card
  }

  /// Reads a file.
  ///
  /// - Throws: ``TeacherFileError``, or `FileContentError`, also about the first tensor that does not
  ///   fit; each names the file.
  public init(contentsOf path: String) throws {
    let file = try SafetensorsFile(contentsOf: path)
    guard let side = file.metadata[Self.receptiveField].flatMap(Int.init),
      let receptiveField = ReceptiveField(rawValue: side)
    else { throw TeacherFileError.foreign(path) }
    teacher = try naming(path) { try PatchDescriptor(receptiveField, file.tensors) }
    card = file.metadata
  }

  /// Writes the file, whole or not at all.
  ///
  /// Half precision: students imitate the teacher as it comes out of the file.
  public func write(to path: String) throws {
    var metadata = card
    metadata[Self.receptiveField] = String(teacher.receptiveField.rawValue)
    let tensors = try teacher.tensors().mapValues { try $0.to(.float16) }
    try SafetensorsFile(metadata: metadata, tensors: tensors).write(to: path)
  }
}

/// Why a file is no teacher.
public enum TeacherFileError: Error, CustomStringConvertible, Equatable {
  /// It holds something else.
  case foreign(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .foreign(let path): "\(path): not a teacher for patches"
    }
  }
}
