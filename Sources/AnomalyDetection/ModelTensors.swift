import Networks
public import Tensors

/// The tensors of a ``DescriptorModel`` or a ``CropModel`` as they came out of a file, taken out one
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
  ///   - shape: The sides that it must have; nil where any above zero will do.
  ///   - type: What its elements are given as, whatever they are in the file.
  /// - Returns: The tensor, whose elements are all finite.
  /// - Throws: `WeightsError` that names the tensor.
  public func tensor(
    _ name: String, shape: [Int?], type: ScalarType = .float32
  ) throws -> Tensor {
    guard let tensor = tensors[prefix + name] else { throw WeightsError.missing(prefix + name) }
    let found = tensor.shape
    let fits = zip(found, shape).allSatisfy { side, wanted in
      wanted.map { $0 == side } ?? (side > 0)
    }
    guard found.count == shape.count, fits else {
      throw WeightsError.shape(
        prefix + name, found: found,
        expected: shape.enumerated().map { $1 ?? max(1, $0 < found.count ? found[$0] : 1) })
    }
    let values = try tensor.to(type)
    guard try values.isFinite() else { throw WeightsError.notFinite(prefix + name) }
    return values
  }
}
