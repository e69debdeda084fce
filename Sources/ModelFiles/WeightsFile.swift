import FileFormats
import Files
public import Tensors

/// Reads the tensors of a file of weights: safetensors, or a checkpoint of PyTorch (`.pth`).
///
/// What the file is, its first bytes say, not its name.
///
/// - Parameter path: The file.
/// - Returns: The tensors by name.
/// - Throws: `FileContentError` that names the file.
public func weights(contentsOf path: String) throws -> [String: Tensor] {
  try naming(path) {
    let source = try ByteSource(contentsOf: path)
    guard TorchCheckpoint.isLikely(source) else { return try SafetensorsFile(source).tensors }
    return try TorchCheckpoint(source).tensors.mapValues { try Tensor($0) }
  }
}
