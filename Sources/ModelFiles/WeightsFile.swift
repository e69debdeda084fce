import Files
import Foundation
public import Tensors

/// Reads the tensors of a file of weights: safetensors, or a checkpoint of PyTorch (`.pth`).
///
/// What the file is, its first bytes say, not its name.
///
/// - Parameter path: The file.
/// - Returns: The tensors by name.
/// - Throws: ``SafetensorsError``, or `FileContentError` about the checkpoint; both name the file.
public func weights(contentsOf path: String) throws -> [String: Tensor] {
  guard let data = contents(ofFile: path) else {
    throw SafetensorsError.unreadable(path)
  }
  guard data.starts(with: Array("PK\u{3}\u{4}".utf8)) else {
    return try SafetensorsFile(contentsOf: path).tensors
  }
  return try naming(path) { try TorchCheckpoint(data).tensors }
}
