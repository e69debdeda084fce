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
  /// An autoencoder of patches that compares by structural similarity.
  case ssimAE = "ssim-ae"
  /// A generative adversarial network whose latent vectors are searched.
  case anogan
  /// A dictionary of the pretrained features of patches.
  case cnnDictionary = "cnn-dictionary"
  /// An autoencoder whose codes all stand for good patches.
  case ocgan

  /// Whether the method learns step by step, by gradients.
  public var learnsByGradients: Bool {
    switch self {
    case .studentTeacher, .ae, .vae, .ssimAE, .anogan, .ocgan: true
    case .knn, .ocsvm, .kmeans, .cnnDictionary: false
    }
  }

  /// Whether the method judges what a teacher says of patches, and so has receptive fields.
  public var usesTeacher: Bool {
    switch self {
    case .studentTeacher, .knn, .ocsvm, .kmeans, .ae, .vae: true
    case .ssimAE, .anogan, .cnnDictionary, .ocgan: false
    }
  }
}
