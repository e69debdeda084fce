import Images
public import ModelFiles
import Networks
import Tensors

/// A fitted ``DescriptorMethod``: the teacher describes each pixel, the model judges it.
public struct DescriptorDetector<Model: DescriptorModel>: AnomalyDetector {
  /// The name on the command line and in model files.
  public static var method: String { Model.Settings.method }

  let teacher: PatchDescriptor
  let components: PrincipalComponents?
  let model: Model
  let settings: Model.Settings
  let padding: Padding

  /// All.
  public var densities: [Density] { Density.allCases }

  /// The teacher computes in any; the model in 32 bits.
  public var precisions: [Precision] { Precision.allCases }

  /// The teacher.
  public var describer: PatchDescriber? { PatchDescriber(teacher, padding: padding) }

  /// The detector where it runs.
  public func placed(for execution: Execution) throws -> any PlacedDetector {
    let device = execution.device
    return Placed(
      teacher: try teacher.map { try $0.to(execution.precision.scalarType).to(device) }.frozen(),
      components: try components?.map { try $0.to(device) },
      model: try model.on(device, settings: settings),
      scoring: DescriptorScoring(
        receptiveField: teacher.receptiveField, density: execution.density ?? .strided,
        padding: padding), execution: execution)
  }

  private struct Placed: PlacedDetector {
    let teacher: PatchDescriptor
    let components: PrincipalComponents?
    let model: Model
    let scoring: DescriptorScoring
    let execution: Execution

    /// Scores every pixel by the descriptor of the patch around it, image by image.
    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      try images.map { image in
        let scores = try scoring.scores(of: image.tensor().to(execution.device)) { part in
          let descriptors = try teacher.describe(part, at: scoring.positions).to(.float32)
          let (_, dimension, rows, columns) = descriptors.imageAxes
          let vectors = try descriptors.permuted([0, 2, 3, 1]).reshaped([rows * columns, dimension])
          return try model.scores(of: components.map { try $0.projected(vectors) } ?? vectors)
            .reshaped([1, 1, rows, columns])
        }
        return Evidence(
          AnomalyMap(height: image.height, width: image.width, scores: try scores.scalars()))
      }
    }
  }
}

// MARK: - Files

extension DescriptorDetector {
  private struct Configuration: Codable {
    let receptiveField: ReceptiveField
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
    self.init(
      teacher: try PatchDescriptor(configuration.receptiveField, file.tensors, prefix: "teacher."),
      components: components, model: model,
      settings: configuration.model, padding: configuration.padding)
  }

  /// Adds teacher, components and model to a file.
  public func write(to file: inout ModelFile) throws {
    try file.encode(
      Configuration(
        receptiveField: teacher.receptiveField, padding: padding,
        hasComponents: components != nil, model: settings), as: "descriptors")
    file.tensors.merge(teacher.tensors(prefix: "teacher.")) { _, new in new }
    file.tensors["components.mean"] = components?.mean
    file.tensors["components.directions"] = components?.directions
    for (name, tensor) in model.tensors { file.tensors["model.\(name)"] = tensor }
  }
}
