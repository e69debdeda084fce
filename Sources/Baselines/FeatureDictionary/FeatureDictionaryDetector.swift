public import AnomalyDetection
public import Images
public import ModelFiles
import Networks
public import Tensors

/// A fitted ``FeatureDictionary``.
public struct FeatureDictionaryDetector: AnomalyDetector {
  /// The name on the command line and in model files.
  public static let method = "cnn-dictionary"

  let method: FeatureDictionary
  let patches: DescribedPatches
  let components: PrincipalComponents
  let dictionary: KMeans
  let device: Device

  init(
    method: FeatureDictionary, patches: DescribedPatches, components: PrincipalComponents,
    dictionary: KMeans, device: Device
  ) {
    self.method = method
    self.patches = patches
    self.components = components
    self.dictionary = dictionary
    self.device = device
  }

  /// Distances of patches to the nearest entry.
  public func anomalyMap(of image: Image) throws -> AnomalyMap {
    try anomalyMap(of: image) { _, _ in }
  }

  /// The same, telling how far it is.
  public func anomalyMap(of image: Image, progress: MappingProgress) throws -> AnomalyMap {
    try patches.check(image)
    let scores = try patches.scores(of: image.tensor().to(device), progress) {
      try dictionary.scores(of: components.projected($0))
    }
    return AnomalyMap(height: image.height, width: image.width, scores: try scores.scalars())
  }

  /// The detector on another device; it computes in 32 bits.
  public func running(on device: Device, precision: ScalarType) throws -> Self {
    guard device != self.device else { return self }
    return try Self(
      method: method,
      patches: DescribedPatches(
        encoder: patches.encoder.map { try $0.to(device) }.frozen(), side: method.side,
        stride: method.stride),
      components: components.map { try $0.to(device) },
      dictionary: KMeans(
        ModelTensors(dictionary.tensors.mapValues { try $0.to(device) }),
        settings: method.dictionary), device: device)
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
      method: method,
      patches: DescribedPatches(
        encoder: try encoder.frozen(), side: method.side, stride: method.stride),
      components: components, dictionary: dictionary, device: .cpu)
  }

  /// Adds the pretrained network, the components and the dictionary to a file.
  public func write(to file: inout ModelFile) throws {
    try file.encode(method, as: "dictionary")
    for (name, tensor) in patches.encoder.tensors { file.tensors["encoder.\(name)"] = tensor }
    file.tensors["components.mean"] = components.mean
    file.tensors["components.directions"] = components.directions
    for (name, tensor) in dictionary.tensors { file.tensors["model.\(name)"] = tensor }
  }
}
