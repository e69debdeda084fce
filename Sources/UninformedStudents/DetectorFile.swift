public import AnomalyDetection
import Baselines
import Files
import ModelFiles
import StudentTeacher

/// Every method whose detectors a `.students` file may hold.
public let allDetectors: [any AnomalyDetector.Type] = [
  StudentTeacherDetector.self, DescriptorDetector<NearestNeighbor>.self,
  DescriptorDetector<OneClassSVM>.self, DescriptorDetector<KMeans>.self,
  DescriptorDetector<DescriptorAutoencoder>.self, DescriptorDetector<VariationalAutoencoder>.self,
  PatchDetector<SSIMAutoencoder>.self, PatchDetector<AnoGAN>.self, FeatureDictionaryDetector.self,
  PatchDetector<OCGAN>.self,
]

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
