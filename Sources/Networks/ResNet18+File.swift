import Files
import ModelFiles

extension ResNet18 {
  /// Reads weights in torchvision's layout: safetensors, or torchvision's own `.pth` checkpoint.
  ///
  /// - Throws: `SafetensorsError`, or `FileContentError` about the first tensor that does not fit;
  ///   both name the file.
  public init(contentsOf path: String) throws {
    let tensors = try weights(contentsOf: path)
    self = try naming(path) { try ResNet18(tensors) }
  }
}
