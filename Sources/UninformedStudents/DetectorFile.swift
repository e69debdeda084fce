public import AnomalyDetection
import ModelFiles
import StudentTeacher

/// Every method whose detectors a `.students` file may hold.
public let allDetectors: [any AnomalyDetector.Type] = [StudentTeacherDetector.self]

extension TrainedModel {
  /// Reads a `.students` file; nothing else is needed, the teacher is inside.
  ///
  /// - Throws: `ModelFileError`, `SafetensorsError` or `WeightsError`, each saying what is wrong
  ///   with the file.
  public init(contentsOf path: String) throws {
    try self.init(ModelFile(contentsOf: path), methods: allDetectors)
  }
}
