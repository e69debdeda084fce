import Files
import Foundation
import UninformedStudents

/// The results of an experiment, kept in a file that a later run of it goes on with.
///
/// The same cells give the same file, in whatever order and time they were filled.
protocol ExperimentResults: Codable, Sendable {
  /// What the results depend on.
  associatedtype Configuration: Codable, Equatable
  /// A figure, or several that belong together.
  associatedtype Cell: ResultCell
  /// What these results depend on.
  var configuration: Configuration { get }
  /// Those filled so far, in the order of their places.
  var cells: [Cell] { get set }
  /// The tables that they make.
  var tables: [ResultTable] { get }
  /// All that the cells depend on, by names that tell a user what differs.
  func dependencies() throws -> [String: String]
  /// These results with the teachers of others added; nil where two differ that should be the same.
  func knowing(teachersOf other: Self) -> Self?
}

extension ExperimentResults {
  /// Puts a cell in its place.
  mutating func fill(_ cell: Cell) {
    cells.removeAll { $0.place == cell.place }
    cells.insert(cell, at: cells.firstIndex { cell.place < $0.place } ?? cells.endIndex)
  }

  /// What an earlier run of the same configuration left at `path`; itself where nothing is.
  ///
  /// - Throws: ``ExperimentError`` where the file is of another configuration, or none of this kind;
  ///   `FileReadingError` where it cannot be read.
  func goingOn(_ path: String?) throws -> Self {
    guard let path, let found = try Self.kept(path) else { return self }
    guard found.configuration == configuration, let known = found.knowing(teachersOf: self) else {
      throw ExperimentError.otherResults(path)
    }
    return known
  }

  /// What is kept in a file, with the times beside it; nil where there is none.
  static func kept(_ path: String) throws -> Self? {
    guard let data = try contents(ofFile: path) else { return nil }
    guard let found = try? JSONDecoder().decode(Self.self, from: data) else {
      throw ExperimentError.foreignResults(path)
    }
    return found.ordered(timesFrom: path)
  }

  /// Writes the file, whole or not at all, and the times beside it.
  func write(to path: String) throws {
    try writeTimes(besides: path)
    try withoutTimes.writeJSON(to: path)
  }

  /// Names of what differs in other results, with the values where they are short: these, then the others.
  func differences(from other: Self) throws -> [String] {
    let (own, others) = try (Fingerprint(dependencies()), Fingerprint(other.dependencies()))
    return own.differences(from: others).map { name in
      let values = [own, others].map { $0.parts[name] ?? "none" }
      return values.allSatisfy { $0.count < 20 } ? "\(name): \(values[0]), not \(values[1])" : name
    }
  }
}

extension Encodable {
  /// Writes it as JSON that people can read, whole or not at all.
  func writeJSON(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self) + Data("\n".utf8), to: path)
  }
}

extension MethodEntry {
  /// Where it stands among all methods.
  var number: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}

/// Why an experiment cannot go on.
public enum ExperimentError: Error, CustomStringConvertible, Equatable {
  /// The file of results holds something else.
  case foreignResults(String)
  /// The results are of other settings.
  case otherResults(String)
  /// The folder of a data set has none of its categories.
  case noCategories(String)
  /// A method that is not for single patches.
  case notOneClass(String)
  /// There is no image of a defect to show.
  case noDefects
  /// A class of a data set has too few images to learn from, or to be asked about.
  case tooFewImages(of: String, training: Int, test: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .foreignResults(let path):
      "\(path): contains no results of this experiment; choose another output"
    case .otherResults(let path):
      "\(path): contains results of other settings; use the same settings, or choose another output"
    case .noCategories(let folder):
      "\(folder): no category in it, which is a folder with train/good and test; check the path"
    case .noDefects: "there is no image of the requested defects; check their names"
    case .tooFewImages(let name, let training, let test):
      "the data set has \(training) images of '\(name)' to learn from and \(test) to test; at least "
        + "2 and 1 are needed: check that it is complete, or choose other classes"
    case .notOneClass(let method):
      "\(method): not a method for single patches; leave it out"
    }
  }
}
