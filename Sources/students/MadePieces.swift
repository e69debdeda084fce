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
    /// The options of the training.
    let arguments: [String]
    /// Where it was started, which its paths may begin at.
    let folder: String
    /// How many threads it used, and on what.
    let threads: Int
    let device: Device
    /// What tells the training from others; nil before all students of the part are trained.
    var fingerprint: Fingerprint?

    /// The options but for those that tell one worker's command from another's.
    var options: [String] {
      let own = ["--part", "--output", "-o"]
      var isValue = false
      return arguments.filter { word in
        defer { isValue = own.contains(word) }
        return !isValue && !own.contains { word == $0 || word.hasPrefix("\($0)=") }
      }
    }
  }

  init(_ part: WorkPart, of output: String) {
    path = part.path(of: output, ending: Self.ending)
  }

  /// Says that a part is begun, where it goes with those that are there.
  ///
  /// - Parameters:
  ///   - part: The part.
  ///   - output: The model that it is of.
  ///   - device: Where its students are trained.
  /// - Returns: What is written.
  /// - Throws: ``CommandError`` where there are parts of another number of workers.
  static func begun(_ part: WorkPart, of output: String, on device: Device) throws -> Content {
    if let other = try WorkPart.parts(of: output, ending: ending).first(where: {
      $0.count != part.count
    }) {
      throw CommandError(
        "\(MadePieces(other, of: output).path): belongs to a training in \(other.count) parts, not \(part.count); pass "
          + "--part K/\(other.count) (an array of one task counts as 1/1), or delete the folder"
      )
    }
    let content = Content(
      arguments: arguments(of: "train"), folder: FileManager.default.currentDirectoryPath,
      threads: Runtime.threads, device: device)
    try MadePieces(part, of: output).write(content)
    return content
  }

  /// Keeps what is said of the part.
  func write(_ content: Content) throws {
    try AtomicFile.write(JSONEncoder().encode(content), to: path)
  }

  /// What stood behind the name of the command of this program.
  private static func arguments(of command: String) -> [String] {
    Array(ProcessInfo.processInfo.arguments.drop { $0 != command }.dropFirst())
  }

  /// What all parts of an output say alike.
  ///
  /// - Parameter output: The model that they are joined to.
  /// - Returns: What they are of; nil where none are there.
  /// - Throws: ``CommandError`` that says which part to start again.
  static func joined(of output: String) throws -> Content? {
    let parts = try WorkPart.parts(of: output, ending: ending)
    guard let first = parts.first else { return nil }
    if let other = parts.first(where: { $0.count != first.count }) {
      throw CommandError(
        "\(MadePieces(other, of: output).path): not one of \(first.count) parts; delete those of the wrong number"
      )
    }
    let contents = try parts.map { try MadePieces($0, of: output).content() }
    let done = zip(parts, contents).filter { $0.1.fingerprint != nil }.map(\.0.number)
    let missing = Set(1...first.count).subtracting(done).sorted()
    guard missing.isEmpty else {
      throw CommandError(
        "\(WorkPart.folder(of: output)): not all parts are done; start "
          + firstFew(missing.map { "--part \($0)/\(first.count)" }))
    }
    let whole = contents.compactMap(\.fingerprint)
    for (part, content) in zip(parts, contents) {
      var differences = content.fingerprint.map { $0.differences(from: whole[0]) } ?? []
      if content.options != contents[0].options { differences.append("options") }
      guard differences.isEmpty else {
        throw CommandError(
          "\(MadePieces(part, of: output).path): belongs to other work than part \(first) "
            + "(\(differences.joined(separator: ", "))); delete \(WorkPart.folder(of: output)) and start all "
            + "parts with the same options")
      }
    }
    return contents[0]
  }

  private func content() throws -> Content {
    guard let data = try contents(ofFile: path),
      let content = try? JSONDecoder().decode(Content.self, from: data)
    else { throw CommandError("\(path): damaged; delete it, and start this part again") }
    return content
  }
}
