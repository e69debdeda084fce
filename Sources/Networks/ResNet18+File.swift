import Files
import ModelFiles
import Tensors

extension ResNet18 {
  /// Reads the weights of a safetensors file in torchvision's layout.
  ///
  /// - Throws: `SafetensorsError`, or a ``WeightsError`` about the first tensor that does not fit;
  ///   both name the file.
  public init(contentsOf path: String) throws {
    let file = try SafetensorsFile(contentsOf: path)
    self = try naming(path) { try ResNet18(file.tensors) }
  }
}
