public import Datasets
import Files
public import Networks
import Randomness
public import Tensors

/// A model of descriptors, applied to images: the teacher describes, the model judges.
///
/// The shallow baselines of Bergmann et al. (2020), Section 4: descriptors of the teacher with
/// p = 65, reduced by principal components to 95 % of their variance, and a model of what those of
/// good images look like.
public struct DescriptorMethod<Model: DescriptorModel>: AnomalyMethod, Equatable {
  /// The patches that the teacher describes.
  public var receptiveField = ReceptiveField.p65
  /// The share of the variance that principal components keep; nil for the descriptors as they are.
  public var variance: Double? = Model.Settings.variance
  /// Where descriptors are computed when an image is scored.
  public var density: Density? = .strided
  /// What stands beyond the border of an image.
  public var padding = Padding.reflection
  /// What can be chosen about the model.
  public var model = Model.Settings()

  /// The settings of the paper.
  public init() {}

  /// The one teacher.
  public var receptiveFields: [ReceptiveField] { [receptiveField] }

  /// Descriptors that are taken from each image.
  private func descriptorsPerImage(_ imageCount: Int) -> Int {
    let most = 4096
    return model.vectors.map { min(most, max(1, ($0 + imageCount - 1) / max(imageCount, 1))) }
      ?? most
  }

  /// Steps of gradient descent of the model, 0 where it has none.
  public func steps(imageCount: Int) -> Int {
    model.steps(count: imageCount * descriptorsPerImage(imageCount))
  }

  /// Describes the good images and fits the model to a random sample of their descriptors.
  public func fit(
    _ training: ImageCollection, run: TrainingRun
  ) async throws -> DescriptorDetector<Model> {
    let teacher = try run.teacher(receptiveField).map { try $0.to(run.device) }.frozen()
    let descriptors = try await sample(of: training, teacher, run).to(run.device)
    let components = try variance.map {
      try PrincipalComponents(of: descriptors, keeping: $0).map { try $0.to(run.device) }
    }
    let vectors = try components.map { try $0.projected(descriptors) } ?? descriptors
    let fitted = try await Model(fitting: vectors, settings: model, run: run)
    return DescriptorDetector(
      teacher: try run.teacher(receptiveField), components: try components?.map { try $0.to(.cpu) },
      model: try fitted.on(.cpu, settings: model), settings: model, padding: padding)
  }

  /// Descriptors of random pixels of every image, count × 128.
  private func sample(
    of images: ImageCollection, _ teacher: PatchDescriptor, _ run: TrainingRun
  ) async throws -> Tensor {
    let wanted = descriptorsPerImage(images.count)
    let dimension = ReceptiveField.dimension
    let rows = try await run.measurements(
      "describing good images", count: images.count, width: wanted * dimension,
      settings: "\(json()) seed \(run.seed) images \(images.count)"
    ) { number in
      try descriptors(of: images, number, wanted, teacher, run).doubles()
    }
    let count = images.count * wanted
    let all = try Tensor(shape: [count, dimension], scalars: rows.flatMap { $0.map(Float.init) })
    guard let most = model.vectors, most < count else { return all }
    let order = SeededGenerator.order(of: count, seed: run.seed, for: .descriptors)
    return try all.selecting(Array(order.prefix(most)))
  }

  /// As many descriptors of one image, at random pixels of grids that lie at random; one grid is
  /// enough unless the image is small.
  private func descriptors(
    of images: ImageCollection, _ number: Int, _ wanted: Int, _ teacher: PatchDescriptor,
    _ run: TrainingRun
  ) throws -> Tensor {
    var random = SeededGenerator(seed: run.seed, for: .describedPixels, number)
    let pixels = try images.image(number).tensor().to(run.device)
    let (_, _, height, width) = pixels.imageAxes
    try receptiveField.check(height: height, width: width, padding)
    var parts: [Tensor] = []
    var missing = wanted
    while missing > 0 {
      let offset = (
        row: Int.random(in: 0..<min(receptiveField.stride, height), using: &random),
        column: Int.random(in: 0..<min(receptiveField.stride, width), using: &random)
      )
      let grid = try teacher.describe(
        receptiveField.padded(pixels, padding, from: offset), at: .strided)
      let (_, dimension, rows, columns) = grid.imageAxes
      let all = try grid.permuted([0, 2, 3, 1]).reshaped([rows * columns, dimension])
      let order = (0..<rows * columns).shuffled(using: &random).prefix(missing)
      parts.append(try all.selecting(Array(order)))
      missing -= order.count
    }
    return try Tensor.concatenating(parts)
  }

  /// How many seconds describing and mapping take, from timing one image, and fitting, by the number of
  /// descriptors.
  public func cost(of training: ImageCollection, run: TrainingRun) throws -> TrainingCost {
    let teacher = try run.teacher(receptiveField).map { try $0.to(run.device) }.frozen()
    let start = ContinuousClock.now
    _ = try descriptors(
      of: training, 0, descriptorsPerImage(training.count), teacher, run
    )
    .scalars()
    let once = (ContinuousClock.now - start) / .seconds(1)
    let all = training.count * descriptorsPerImage(training.count)
    // Of 128 numbers components keep about half.
    let dimension = ReceptiveField.dimension / (variance == nil ? 1 : 2)
    let fitting = model.fittingSeconds(
      count: min(all, model.vectors ?? all), dimension: dimension)
    return TrainingCost(learning: once * Double(training.count) + fitting, map: once)
  }
}
