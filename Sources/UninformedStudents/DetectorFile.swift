public import AnomalyDetection
import Files
import ModelFiles

/// Every method whose detectors a `.students` file may hold.
public let allDetectors: [any AnomalyDetector.Type] = MethodEntry.allCases.map(\.detector)

extension TrainedModel {
  /// Reads a `.students` file; nothing else is needed, the teacher is inside.
  ///
  /// - Throws: `ModelFileError`, or `FileContentError`, also about a tensor or setting that makes no
  ///   sense; each names the file.
  public init(contentsOf path: String) throws {
    let file = try ModelFile(contentsOf: path)
    self = try naming(path) { try TrainedModel(file, methods: allDetectors) }
  }
}
