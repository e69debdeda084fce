import Networks
public import Tensors

/// The tensors of a ``DescriptorModel`` or a ``PatchModel`` as they came out of a file, taken out one
/// by one.
public struct ModelTensors: Sendable {
  private let tensors: [String: Tensor]
  private let prefix: String

  /// All tensors whose names begin with `prefix`, on the device that they are on.
  public init(_ tensors: [String: Tensor], prefix: String = "") {
    self.tensors = tensors
    self.prefix = prefix
  }

  /// A tensor by its name, checked.
  ///
  /// - Parameters:
  ///   - name: The name, without the prefix.
  ///   - shape: The sides that it must have; nil where any will do.
  /// - Returns: The tensor, whose elements are all finite.
  /// - Throws: `WeightsError` that names the tensor.
  public func tensor(_ name: String, shape: [Int?]) throws -> Tensor {
    guard let tensor = tensors[prefix + name] else { throw WeightsError.missing(prefix + name) }
    let found = tensor.shape
    guard found.count == shape.count, zip(found, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      throw WeightsError.shape(
        prefix + name, found: found, expected: zip(shape, found).map { $0 ?? $1 })
    }
    guard try tensor.isFinite() else { throw WeightsError.notFinite(prefix + name) }
    return tensor
  }
}
