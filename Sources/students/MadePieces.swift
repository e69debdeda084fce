import Files
import Foundation
import UninformedStudents

/// What a worker leaves beside the students of its part, once all of them are trained: what they are of, and
/// how the training goes on.
struct MadePieces {
  /// Such as `part.students.parts/2-of-3.pieces`.
  let path: String

  private static let ending = "pieces"

  /// What is kept.
  struct Content: Codable {
    /// What tells the training from others.
    let fingerprint: Fingerprint
    /// The options of the training.
    let arguments: [String]
    /// Where it was started, which its paths may begin at.
    let folder: String
  }

  init(_ part: WorkPart, of output: String) {
    path = part.path(of: output, ending: Self.ending)
  }

  /// Says that the part is done.
  func write(_ fingerprint: Fingerprint, arguments: [String]) throws {
    let content = Content(
      fingerprint: fingerprint, arguments: arguments,
      folder: FileManager.default.currentDirectoryPath)
    try AtomicFile.write(JSONEncoder().encode(content), to: path)
  }

  /// What stood behind the name of the command of this program.
  static func arguments(of command: String) -> [String] {
    Array(ProcessInfo.processInfo.arguments.drop { $0 != command }.dropFirst())
  }

  /// Whether parts of a training lie beside an output.
  static func exist(of output: String) throws -> Bool {
    try !WorkPart.parts(of: output, ending: ending).isEmpty
  }

  /// What all parts of an output say alike.
  ///
  /// - Parameter output: The model that they are joined to.
  /// - Returns: What they are of.
  /// - Throws: ``CommandError`` that says which part to start again.
  static func joined(of output: String) throws -> Content {
    let parts = try WorkPart.parts(of: output, ending: ending)
    guard let first = parts.first else {
      throw CommandError("\(WorkPart.folder(of: output)): no part of a training is in it")
    }
    if let other = parts.first(where: { $0.count != first.count }) {
      throw CommandError(
        "\(MadePieces(other, of: output).path): not one of \(first.count) parts; delete those of one number"
      )
    }
    let missing = Set(1...first.count).subtracting(parts.map(\.number)).sorted()
    guard missing.isEmpty else {
      throw CommandError(
        "\(WorkPart.folder(of: output)): not all parts are done; start "
          + firstFew(missing.map { "--part \($0)/\(first.count)" }))
    }
    let contents = try parts.map { try MadePieces($0, of: output).content() }
    for (part, content) in zip(parts, contents) {
      let differences = content.fingerprint.differences(from: contents[0].fingerprint)
      guard differences.isEmpty else {
        throw CommandError(
          "\(MadePieces(part, of: output).path): of other work than part \(first) "
            + "(\(differences.joined(separator: ", "))); delete \(WorkPart.folder(of: output)) and start all "
            + "parts with the same options")
      }
    }
    return contents[0]
  }

  private func content() throws -> Content {
    guard let data = try contents(ofFile: path),
      let content = try? JSONDecoder().decode(Content.self, from: data)
    else { throw CommandError("\(path): damaged; delete it and start this part again") }
    return content
  }
}
