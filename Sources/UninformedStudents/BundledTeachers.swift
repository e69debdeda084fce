import Files
import Foundation
public import Networks
import StudentTeacher

/// The teachers that come with the package, distilled from ordinary photographs.
///
/// The cards beside them in `Teachers/` say how each was made.
public enum BundledTeachers {
  /// Reads the teachers for patches of these sizes.
  ///
  /// - Throws: ``BundledTeacherError`` where the program was moved without them.
  public static func load(
    _ receptiveFields: [ReceptiveField] = ReceptiveField.allCases
  ) throws -> [ReceptiveField: PatchDescriptor] {
    try Dictionary(
      receptiveFields.map { ($0, try TeacherFile(contentsOf: path($0)).teacher) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Where the file of a teacher lies.
  static func path(_ receptiveField: ReceptiveField) throws -> String {
    let name = "teacher-p\(receptiveField.rawValue).safetensors"
    do {
      return "\(try resourceFolder(ofModule: "UninformedStudents"))/Teachers/\(name)"
    } catch let error as MissingResources {
      throw BundledTeacherError.resourcesMissing(error.expected)
    }
  }
}

/// Why a bundled teacher cannot be had.
public enum BundledTeacherError: Error, CustomStringConvertible, Equatable {
  /// The program was moved without its resources.
  case resourcesMissing(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .resourcesMissing(let path):
      "\(path): not found; copy that folder along with the program, or give teachers of your own"
    }
  }
}
