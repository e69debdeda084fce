public import UninformedStudents

/// The data sets of the one-class tables.
public enum OneClassDataset: String, Codable, Sendable, CaseIterable {
  /// Handwritten digits.
  case mnist
  /// Small photographs.
  case cifar10
  /// Garments; not in the paper.
  case fashionMNIST = "fashion-mnist"

  /// Reads the data set.
  ///
  /// - Parameter path: The folder that it lies in, or for CIFAR-10 an archive of it.
  /// - Returns: The data set.
  /// - Throws: `DatasetError` or `FileContentError` that names the file.
  public func read(_ path: String) throws -> ClassificationDataset {
    switch self {
    case .mnist: try MNIST.read(path, classes: MNIST.digits)
    case .fashionMNIST: try MNIST.read(path, classes: MNIST.garments)
    case .cifar10: try CIFAR10.read(path)
    }
  }

  /// What each class is called.
  public var classes: [String] {
    switch self {
    case .mnist: MNIST.digits
    case .fashionMNIST: MNIST.garments
    case .cifar10: CIFAR10.classes
    }
  }
}
