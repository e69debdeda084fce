import Files
import ModelFiles
public import Tensors

/// A pretrained network whose pooled features describe a whole image: what teachers distil.
public protocol Encoder: Sendable {
  /// How many features an image has.
  var dimension: Int { get }
  /// The globally pooled features of images N × 3 × H × W, RGB in 0…1: N × ``dimension``.
  func features(of images: Tensor) throws -> Tensor
  /// The network with each of its tensors replaced, say by its copy on another device.
  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Self
  /// The weights by the names that ``encoder(_:depth:)`` reads.
  var tensors: [String: Tensor] { get }
  /// The network made ready for inference: faster on a CPU where it can be, and without gradients.
  func frozen() throws -> Self
}

extension Encoder {
  /// What tells this network from others: SHA-256 over its tensors and their names.
  public func digest() throws -> String {
    let digest = Digest()
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      digest.add("\(name) \(tensor.shape)")
      digest.add(try tensor.bytes())
    }
    return digest.digits()
  }

  /// The network as it is.
  public func frozen() throws -> Self { self }
}

/// Reads an encoder: safetensors, or a checkpoint of PyTorch.
///
/// The names of the tensors tell whether it is a ``ResNet18`` or an ``EfficientNetLite0``.
///
/// - Parameters:
///   - path: The file.
///   - depth: After how many stages (ResNet-18: 1…4) or blocks (EfficientNet-Lite0: 1…16) the
///     features are taken; nil for all that the file holds.
/// - Returns: The encoder.
/// - Throws: `FileContentError` that names the file, also about the first tensor that does not fit.
public func encoder(contentsOf path: String, depth: Int? = nil) throws -> any Encoder {
  let tensors = try weights(contentsOf: path)
  return try naming(path) { try encoder(tensors, depth: depth) }
}

/// An encoder of tensors that are in memory; see ``encoder(contentsOf:depth:)``.
public func encoder(_ tensors: [String: Tensor], depth: Int? = nil) throws -> any Encoder {
  if tensors["_conv_stem.weight"] != nil { return try EfficientNetLite0(tensors, depth: depth) }
  return try ResNet18(tensors, depth: depth)
}
