import Files
import Foundation

/// The results of an experiment, kept in a file that a later run of it goes on with.
protocol ExperimentResults: Codable {
  /// What the results depend on.
  associatedtype Configuration: Codable, Equatable
  /// What these results depend on.
  var configuration: Configuration { get }
}

extension ExperimentResults {
  /// What an earlier run of the same configuration left at `path`; itself where nothing is.
  ///
  /// - Throws: ``ExperimentError`` where the file is of another configuration, or none of this kind;
  ///   `FileReadingError` where it cannot be read.
  func goingOn(_ path: String?) throws -> Self {
    guard let path, let data = try contents(ofFile: path) else { return self }
    guard let found = try? JSONDecoder().decode(Self.self, from: data) else {
      throw ExperimentError.foreignResults(path)
    }
    guard found.configuration == configuration else { throw ExperimentError.otherResults(path) }
    return found
  }

  /// Writes the file, whole or not at all.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self) + Data("\n".utf8), to: path)
  }
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
      "\(path): holds no results of this experiment; choose another output"
    case .otherResults(let path):
      "\(path): holds results of other settings; use the same, or choose another output"
    case .noCategories(let folder):
      "\(folder): no category is in it, a folder with train/good and test; check the path"
    case .noDefects: "no image of the defects that were asked for; check their names"
    case .tooFewImages(let name, let training, let test):
      "the data set holds \(training) images of '\(name)' to learn from and \(test) to test; at least "
        + "2 and 1 are needed: check that it is complete, or choose other classes"
    case .notOneClass(let method):
      "\(method): is not a method for single patches; leave it out"
    }
  }
}
