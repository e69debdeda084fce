public import Datasets
import Files
import Tensors

/// A model of crops, applied to images: they are zoomed, cut into crops, and the crops' scores
/// put together again.
///
/// The baselines in image space of Bergmann et al. (2020), Section 4.2.
public struct CropMethod<Model: CropModel>: AnomalyMethod, Equatable {
  /// What is inspected.
  public let kind: PartKind
  /// Where crops lie.
  public var layout: CropLayout
  /// How images are changed before crops are cut from them.
  public var augmentation: Augmentation
  /// How many different crops there are of all images together.
  public var crops = 10_000
  /// What can be chosen about the model.
  public var model: Model.Settings

  /// The settings of a recipe for images of a kind.
  public init(_ kind: PartKind, recipe: Recipe = .fast) {
    self.kind = kind
    layout = Model.Settings.layout(kind)
    augmentation = Augmentation(kind)
    model = Model.Settings(recipe)
  }

  /// Batches of the model.
  public func steps(imageCount: Int) -> Int { model.steps }

  /// Fits the model to random views of the good images.
  public func fit(_ training: ImageCollection, run: TrainingRun) async throws -> CropDetector<
    Model
  > {
    try CropDetector<Model>.check(training.image(0))
    let fitted = try await Model(fitting: batches(of: training, run), settings: model, run: run)
    return CropDetector(
      layout: layout, model: try fitted.on(.cpu, settings: model, side: layout.side),
      settings: model)
  }

  private func batches(of training: ImageCollection, _ run: TrainingRun) throws -> CropBatches {
    let zoomed = try training.resized(to: layout.zoom)
      .keptInMemory()
    return try CropBatches(
      of: zoomed, augmentation, count: crops, side: layout.side, batch: model.batch, seed: run.seed)
  }

  /// How many seconds learning and mapping take, from timing a few steps and one map.
  public func cost(of training: ImageCollection, run: TrainingRun) async throws -> TrainingCost {
    let quiet = TrainingRun(seed: run.seed, device: run.device)
    var times: [Double] = []
    var detector: CropDetector<Model>?
    // The first step is dearer than others, and so counted out.
    for steps in [1, 3] {
      var short = self
      short.model.steps = steps
      let start = ContinuousClock.now
      detector = try await short.fit(training, run: quiet)
      times.append((ContinuousClock.now - start) / .seconds(1))
      try run.report("timing", step: times.count, of: 3)
    }
    let start = ContinuousClock.now
    _ = try detector?.placed(for: Execution(on: run.device))
      .evidence(of: [training.image(0)]) { _, _ in }
    let map = (ContinuousClock.now - start) / .seconds(1)
    try run.report("timing", step: 3, of: 3)
    let step = max(0, times[1] - times[0]) / 2
    return TrainingCost(learning: times[0] + step * Double(model.steps), map: map)
  }
}
