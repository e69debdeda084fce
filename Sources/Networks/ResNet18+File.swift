import ModelFiles
public import Tensors

extension ResNet18 {
  /// Reads the weights of a safetensors file in torchvision's layout.
  ///
  /// - Throws: `SafetensorsError` that names the file, or ``WeightsFileError`` that names the file
  ///   and the first tensor that does not fit.
  public init(contentsOf path: String) throws {
    let file = try SafetensorsFile(contentsOf: path)
    do {
      try self.init(file.tensors)
    } catch let error as WeightsError {
      throw WeightsFileError(path: path, error: error)
    }
  }
}

/// What is wrong with a file of weights.
public struct WeightsFileError: Error, CustomStringConvertible, Equatable {
  /// The file.
  public let path: String
  /// What is wrong with its tensors.
  public let error: WeightsError

  /// One line for the user.
  public var description: String { "\(path): \(error)" }
}
