import Files
import Foundation

/// One part of the results of an experiment, as its worker keeps it.
struct ResultsPart<Results: ExperimentResults>: Codable {
  /// Which part of how many, such as `2/3`.
  let part: String
  /// All cells of all parts.
  let plan: [PlannedCells]
  /// The cells that this part has filled, with what they depend on.
  var results: Results

  /// What a worker has kept; nil where there is no file.
  ///
  /// - Throws: ``PartError/damaged(_:_:)`` where it holds something else.
  static func kept(_ part: WorkPart, of output: String) throws -> Self? {
    let path = part.path(of: output, ending: tablePart)
    guard let data = try contents(ofFile: path) else { return nil }
    guard var found = try? JSONDecoder().decode(Self.self, from: data),
      found.part == part.description
    else { throw PartError.damaged(path, part) }
    found.results = found.results.ordered(timesFrom: path)
    return found
  }

  /// Writes the file, whole or not at all, and the times beside it.
  func write(to path: String) throws {
    try makeFolder(of: path)
    try results.writeTimes(besides: path)
    var copy = self
    copy.results = results.withoutTimes
    try copy.writeJSON(to: path)
  }

  /// Names of what differs in another part of what should be the same work.
  func differences(from other: Self) throws -> [String] {
    let (cells, others) = (plan.map(\.cells), other.plan.map(\.cells))
    let differences = [
      cells == others ? nil : "the cells of the table",
      cells != others || plan == other.plan ? nil : "the settings of a method",
    ]
    return try differences.compactMap(\.self) + results.differences(from: other.results)
  }
}

/// What files of parts of a table end with.
let tablePart = "json"
