public import AnomalyDetection
import Files
public import Networks
public import Tensors

/// How a teacher T̂ is made from photographs and a pretrained encoder, once for all categories.
///
/// Bergmann et al. (2020), Section 3.1, and supplement. The defaults are the paper's, but for the
/// number of steps and the last part of the learning rate, whose measurements stand beside them.
public struct TeacherTraining: Codable, Sendable, Equatable {
  /// The patches that the teacher sees.
  public var receptiveField: ReceptiveField
  /// How many batches it is trained on; the paper takes 50,000.
  public var steps = 50_000
  /// Patches a step.
  public var batch = 64
  /// The step sizes.
  public var adam = Adam.Settings(learningRate: 2e-4, weightDecay: 1e-5)
  /// The share of the steps, at the end, over which the learning rate falls to zero.
  ///
  /// The paper keeps it constant.
  public var annealing = 0.3
  /// λ_k, the weight of the distillation loss.
  public var distillation = 1.0
  /// λ_c, the weight of the compactness loss.
  public var compactness = 1.0
  /// The side to which a patch is enlarged for the encoder.
  public var encoderSide = 64
  /// Patches cut from one zoomed photo, to spare decoding.
  public var patchesPerPhoto = 4

  /// The paper's training of a teacher for patches of this size.
  public init(_ receptiveField: ReceptiveField) {
    self.receptiveField = receptiveField
  }

  /// Distils the encoder into a teacher.
  ///
  /// - Parameters:
  ///   - encoder: P, whose pooled features the teacher learns to tell from a patch.
  ///   - photos: Paths of photographs of anything but the data that will be inspected.
  ///   - run: Where the randomness comes from and the network is trained.
  /// - Returns: The teacher, on the processor; the decoder D is left behind.
  /// - Throws: What reading photos, the run or libtorch throws.
  public func teacher(
    distilling encoder: ResNet18, photos: [String], run: TrainingRun
  ) async throws -> PatchDescriptor {
    let patches = PhotoPatches(
      photos: photos, side: receptiveField.patchSide, batch: batch,
      patchesPerPhoto: patchesPerPhoto, seed: run.seed)
    let onDevice = { (tensor: Tensor) in try tensor.to(run.device) }
    let encoder = try encoder.map(onDevice)
    let scaling = try await featureScaling(of: encoder, patches, run)
    let teacher = try PatchDescriptor(receptiveField, seed: run.seed)
      .map { try $0.to(run.device).parameter() }
    let decoder = try Decoder(
      features: encoder.dimension, dimension: ReceptiveField.dimension, seed: run.seed &+ 1
    ).map { try $0.to(run.device).parameter() }
    let parameters = teacher.parameters + decoder.parameters
    var optimizer = try Adam(parameters, adam)
    let settings = try json()

    let batches = patches.batches()
    try await run.steps(
      "distilling p = \(receptiveField.rawValue)", count: steps,
      settings: "\(settings) seed \(run.seed) photos \(photos.count)",
      state: parameters + optimizer.state
    ) { step in
      let images = try await batches.batch(step).to(run.device)
      let features = try scaling.scaled(self.features(of: images, encoder))
      let descriptors = try teacher.descriptors(ofPatches: images)
      let distilled = try distillationLoss(decoded: decoder(descriptors), features: features)
      let correlated = try compactnessLoss(of: descriptors)
      let loss = try distilled * distillation + correlated * compactness
      optimizer.settings.learningRate = learningRate(at: step)
      try optimizer.step(loss.gradients(for: parameters))
      return [
        ("distillation", Double(try distilled.scalar())),
        ("correlation", Double(try correlated.scalar())),
      ]
    }
    return try teacher.map { try $0.detached().to(.cpu) }
  }

  private func learningRate(at step: Int) -> Double {
    let remaining = Double(steps - step) / (annealing * Double(steps))
    return adam.learningRate * min(1, remaining)
  }

  private func features(of patches: Tensor, _ encoder: ResNet18) throws -> Tensor {
    try encoder.features(
      of: patches.resized(height: encoderSide, width: encoderSide, .bilinear))
  }

  /// The mean of each feature and one deviation for all, over the first batches.
  ///
  /// One common scale: with a scale for each feature the rare ones would dominate the loss.
  private func featureScaling(
    of encoder: ResNet18, _ patches: PhotoPatches, _ run: TrainingRun
  ) async throws -> FeatureScaling {
    let batches = patches.batches()
    var all: [Tensor] = []
    for index in 0..<Self.scalingBatches {
      all.append(try features(of: await batches.batch(index).to(run.device), encoder))
      try run.report("measuring features", step: index + 1, of: Self.scalingBatches)
    }
    return try FeatureScaling(of: Tensor.concatenating(all))
  }

  private static let scalingBatches = 32
}

/// Features centred one by one and divided by a common scale, so that their mean square is 1.
struct FeatureScaling {
  private let mean: Tensor
  private let deviation: Tensor

  init(of features: Tensor) throws {
    mean = try features.mean(over: [0], keepingAxes: true)
    deviation = try (features - mean).squared().mean().squareRoot()
  }

  func scaled(_ features: Tensor) throws -> Tensor {
    try (features - mean) / deviation
  }
}
