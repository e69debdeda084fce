import Files
import Foundation
public import UninformedStudents

/// The cells of a one-class table, with all that is needed to fill them again.
public struct OneClassResults: Codable, Sendable, Equatable {
  /// What the cells depend on.
  public struct Configuration: Codable, Sendable, Equatable {
    /// The data set.
    public var dataset: OneClassDataset
    /// The losses that the teacher was trained with, as in the paper's rows: `k,c`.
    public var losses: String
    /// What tells the teacher from others.
    public var teacher: String
    /// The most pictures of a class that are learnt from; nil for all.
    public var trainLimit: Int?
    /// The most test pictures; nil for all.
    public var testLimit: Int?
    /// How students are trained.
    public var students: PatchStudents.Settings
    /// The source of all randomness.
    public var seed: UInt64
  }

  /// How well one method tells one class from the others.
  public struct Cell: Codable, Sendable, Equatable {
    /// The method.
    public var method: MethodName
    /// The class that was learnt.
    public var name: String
    /// The area under the ROC curve over the test pictures.
    public var rocAUC: Double
    /// Seconds to learn and to score the test pictures.
    public var seconds: Double
  }

  /// What the cells depend on.
  public var configuration: Configuration
  /// The version of this package.
  public var version = Provenance.currentVersion
  /// Where the cells were computed.
  public var device: Device
  /// How many threads the processor used.
  public var threads = Runtime.threads
  /// The version of libtorch.
  public var libtorch = Runtime.libtorchVersion
  /// Those filled so far, in the order in which they were filled.
  public var cells: [Cell] = []

  /// The cell of a method and class, where it is filled.
  public func cell(_ method: MethodName, _ name: String) -> Cell? {
    cells.first { $0.method == method && $0.name == name }
  }

  /// Reads what an earlier run of the same configuration left; begins anew where nothing is.
  ///
  /// - Throws: ``ExperimentError`` where the file is of another configuration, or none of this kind.
  static func goingOn(
    _ path: String?, _ configuration: Configuration, on device: Device
  ) throws -> OneClassResults {
    let fresh = OneClassResults(configuration: configuration, device: device)
    guard let path, let data = FileManager.default.contents(atPath: path) else { return fresh }
    guard let found = try? JSONDecoder().decode(OneClassResults.self, from: data) else {
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

  /// One line for the user.
  public var description: String {
    switch self {
    case .foreignResults(let path):
      "\(path): holds no results of this experiment; choose another --output"
    case .otherResults(let path):
      "\(path): holds results of other settings; use the same, or choose another --output"
    }
  }
}
