public import Images
public import ModelFiles
import Networks
public import Tensors

/// A fitted ``DescriptorMethod``: the teacher describes each pixel, the model judges it.
public struct DescriptorDetector<Model: DescriptorModel>: AnomalyDetector {
  /// The name on the command line and in model files.
  public static var method: String { Model.Settings.method }

  /// Where descriptors are computed; the calibration of a model belongs to it.
  public var density: Density? { mapping.density }
  let teacher: PatchDescriptor
  let components: PrincipalComponents?
  let model: Model
  let settings: Model.Settings
  let mapping: DescriptorMapping

  init(
    teacher: PatchDescriptor, components: PrincipalComponents?, model: Model,
    settings: Model.Settings, mapping: DescriptorMapping
  ) throws {
    self.teacher = try teacher.frozen()
    self.components = components
    self.model = model
    self.settings = settings
    self.mapping = mapping
  }

  /// Scores every pixel by the descriptor of the patch around it.
  public func anomalyMap(of image: Image) throws -> AnomalyMap {
    let scoring = DescriptorScoring(
      receptiveField: teacher.receptiveField, density: mapping.density, padding: mapping.padding)
    let scores = try scoring.scores(of: image.tensor().to(mapping.device)) { part in
      let descriptors = try scoring.descriptors(of: part, by: teacher)
      let (_, dimension, rows, columns) = descriptors.imageAxes
      let vectors = try descriptors.permuted([0, 2, 3, 1]).reshaped([rows * columns, dimension])
      return try model.scores(of: components.map { try $0.projected(vectors) } ?? vectors)
        .reshaped([1, 1, rows, columns])
    }
    return AnomalyMap(height: image.height, width: image.width, scores: try scores.scalars())
  }

  /// The same detector, its descriptors computed at other pixels.
  public func at(_ density: Density) throws -> Self {
    try Self(
      teacher: teacher, components: components, model: model, settings: settings,
      mapping: mapping.at(density))
  }

  /// The detector on another device, or its teacher computing with other numbers.
  public func running(on device: Device, precision: ScalarType) throws -> Self {
    let mapping = mapping.running(on: device, precision: precision)
    if mapping == self.mapping { return self }
    let tensors = try model.tensors.mapValues { try $0.to(device) }
    return try Self(
      teacher: try teacher.map { try $0.to(precision).to(device) },
      components: try components?.map { try $0.to(device) },
      model: try Model(ModelTensors(tensors), settings: settings), settings: settings,
      mapping: mapping)
  }
}

// MARK: - Files

extension DescriptorDetector {
  private struct Configuration: Codable {
    let receptiveField: ReceptiveField
    let density: Density
    let padding: Padding
    let hasComponents: Bool
    let model: Model.Settings
  }

  /// The detector that ``write(to:)`` put into a file.
  public init(from file: ModelFile) throws {
    let configuration = try file.decode(Configuration.self, "descriptors")
    let tensors = ModelTensors(file.tensors)
    let dimension = ReceptiveField.dimension
    let components =
      configuration.hasComponents
      ? PrincipalComponents(
        mean: try tensors.tensor("components.mean", shape: [1, dimension]),
        directions: try tensors.tensor("components.directions", shape: [dimension, nil])) : nil
    let model = try Model(
      ModelTensors(file.tensors, prefix: "model."), settings: configuration.model)
    // One descriptor tells whether all tensors of the model fit it, and one another.
    let descriptor = try Tensor(repeating: 0, shape: [1, dimension])
    let score = try? model.scores(of: components.map { try $0.projected(descriptor) } ?? descriptor)
    guard let score, score.shape == [1], try score.isFinite() else {
      throw ModelFileError.damaged("its tensors do not fit one another")
    }
    try self.init(
      teacher: PatchDescriptor(configuration.receptiveField, file.tensors, prefix: "teacher."),
      components: components, model: model,
      settings: configuration.model,
      mapping: DescriptorMapping(
        density: configuration.density, padding: configuration.padding))
  }

  /// Adds teacher, components and model to a file.
  public func write(to file: inout ModelFile) throws {
    try file.encode(
      Configuration(
        receptiveField: teacher.receptiveField, density: mapping.density, padding: mapping.padding,
        hasComponents: components != nil, model: settings), as: "descriptors")
    file.tensors.merge(teacher.tensors(prefix: "teacher.")) { _, new in new }
    file.tensors["components.mean"] = components?.mean
    file.tensors["components.directions"] = components?.directions
    for (name, tensor) in model.tensors { file.tensors["model.\(name)"] = tensor }
  }
}
