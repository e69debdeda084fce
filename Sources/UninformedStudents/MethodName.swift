/// The methods that can be trained on images, in the order of the paper's tables.
public enum MethodName: String, CaseIterable, Sendable, Codable {
  /// Students that regress a teacher: the paper's own.
  case studentTeacher = "student-teacher"
  /// The distance to the nearest descriptor.
  case knn
  /// A one-class support vector machine.
  case ocsvm
  /// The distance to the nearest of a few centres.
  case kmeans
  /// An ℓ2-autoencoder of descriptors.
  case ae
  /// A variational autoencoder of descriptors.
  case vae
}
