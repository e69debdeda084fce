import Files
import ModelFiles
public import Tensors

extension PatchDescriptor {
  /// A network of the tensors that ``tensors(prefix:)`` gave.
  ///
  /// - Throws: ``WeightsError`` that names the first tensor that is missing, of another shape, or
  ///   not finite.
  public init(
    _ receptiveField: ReceptiveField, _ tensors: [String: Tensor], prefix: String = ""
  ) throws {
    let weights = Weights(tensors)
    var convolutions: [Convolution] = []
    for case .convolution(let kernel, let inputs, let outputs) in receptiveField.layers {
      convolutions.append(
        try weights.convolution(
          "\(prefix)conv\(convolutions.count + 1)", shape: [outputs, inputs, kernel, kernel]))
    }
    self.init(receptiveField, convolutions)
  }

  /// The weights by name: `conv1.weight`, `conv1.bias`, and so on.
  public func tensors(prefix: String = "") -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (index, convolution) in convolutions.enumerated() {
      tensors["\(prefix)conv\(index + 1).weight"] = convolution.weight
      tensors["\(prefix)conv\(index + 1).bias"] = convolution.bias
    }
    return tensors
  }

  /// What tells these weights from others: SHA-256, 64 digits.
  public func fingerprint() throws -> String {
    let digest = Digest()
    for parameter in parameters { digest.add(try parameter.bytes()) }
    return digest.digits()
  }
}
