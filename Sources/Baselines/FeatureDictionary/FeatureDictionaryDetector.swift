public import AnomalyDetection
import Images
public import ModelFiles
import Networks
import Tensors

/// A fitted ``FeatureDictionary``.
public struct FeatureDictionaryDetector: AnomalyDetector {
  /// The name on the command line and in model files.
  public static let method = "cnn-dictionary"

  let method: FeatureDictionary
  let pretrained: any Encoder
  let components: PrincipalComponents
  let dictionary: KMeans

  /// The detector where it runs.
  public func placed(for execution: Execution) throws -> any PlacedDetector {
    let device = execution.device
    return Placed(
      patches: DescribedPatches(
        encoder: try pretrained.map { try $0.to(device) }.frozen(), side: method.side,
        stride: method.stride),
      components: try components.map { try $0.to(device) },
      dictionary: try dictionary.on(device, settings: method.dictionary), execution: execution)
  }

  private struct Placed: PlacedDetector {
    let patches: DescribedPatches
    let components: PrincipalComponents
    let dictionary: KMeans
    let execution: Execution

    /// Distances of patches to the nearest entry.
    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      try images.map { image in
        try patches.check(image)
        let scores = try patches.scores(of: image.tensor().to(execution.device), progress) {
          try dictionary.scores(of: components.projected($0))
        }
        return Evidence(
          AnomalyMap(height: image.height, width: image.width, scores: try scores.scalars()))
      }
    }
  }
}

// MARK: - Files

extension FeatureDictionaryDetector {
  /// The detector that ``write(to:)`` put into a file.
  public init(from file: ModelFile) throws {
    let method = try file.decode(FeatureDictionary.self, "dictionary")
    guard ModelBounds.describedSide.contains(method.side), method.side % 2 == 1,
      (1...method.side).contains(method.stride)
    else {
      throw ModelFileError.damaged("its patches make no sense")
    }
    let prefix = "encoder."
    let weights = file.tensors.filter { $0.key.hasPrefix(prefix) }
    let encoder = try encoder(
      Dictionary(uniqueKeysWithValues: weights.map { (String($0.dropFirst(prefix.count)), $1) }),
      depth: method.depth)
    let tensors = ModelTensors(file.tensors)
    let components = PrincipalComponents(
      mean: try tensors.tensor("components.mean", shape: [1, encoder.dimension]),
      directions: try tensors.tensor("components.directions", shape: [encoder.dimension, nil]))
    let dictionary = try KMeans(
      ModelTensors(file.tensors, prefix: "model."), settings: method.dictionary)
    guard dictionary.dimension == components.directions.shape[1] else {
      throw ModelFileError.damaged("its tensors do not fit one another")
    }
    self.init(
      method: method, pretrained: encoder, components: components, dictionary: dictionary)
  }

  /// Adds the pretrained network, the components and the dictionary to a file.
  public func write(to file: inout ModelFile) throws {
    try file.encode(method, as: "dictionary")
    for (name, tensor) in pretrained.tensors { file.tensors["encoder.\(name)"] = tensor }
    file.tensors["components.mean"] = components.mean
    file.tensors["components.directions"] = components.directions
    for (name, tensor) in dictionary.tensors { file.tensors["model.\(name)"] = tensor }
  }
}
