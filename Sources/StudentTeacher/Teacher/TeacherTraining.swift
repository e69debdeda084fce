public import AnomalyDetection
public import Downloads
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
  /// λ_m, the weight of the metric loss; 0 for MVTec AD in the paper.
  public var metric = 0.0
  /// λ_c, the weight of the compactness loss.
  public var compactness = 1.0
  /// δ, by how much a patch must be closer to its altered copy than to another patch.
  public var margin = 1.0
  /// The side to which a patch is enlarged for the encoder.
  public var encoderSide = 64
  /// How the encoder's features are scaled.
  public var featureScaling = FeatureScaling.common
  /// Patches cut from one zoomed photo, to spare decoding.
  public var patchesPerPhoto = 4

  /// The paper's training of a teacher for patches of this size.
  public init(_ receptiveField: ReceptiveField) {
    self.receptiveField = receptiveField
  }

  /// Trains a teacher.
  ///
  /// - Parameters:
  ///   - encoders: P, whose pooled features the teacher learns to tell from a patch; needed where
  ///     ``distillation`` has a weight. Several are taken side by side.
  ///   - photos: Paths and addresses of photographs of anything but the data that will be inspected.
  ///   - downloader: What gets those at addresses; nil where there are none.
  ///   - start: A teacher to go on from, such as an earlier one's; nil for random weights.
  ///   - run: Where the randomness comes from and the network is trained.
  /// - Returns: The teacher, on the processor; the decoder D is left behind. With it, the photos
  ///   that could not be read and were passed over.
  /// - Throws: What reading photos, the run or libtorch throws.
  public func teacher(
    distilling encoders: [any Encoder], photos: [String],
    with downloader: Downloader? = nil, startingFrom start: PatchDescriptor? = nil,
    run: TrainingRun
  ) async throws -> (teacher: PatchDescriptor, unreadable: [String]) {
    guard distillation == 0 || !encoders.isEmpty else { throw TeacherTrainingError.noEncoder }
    if let start, start.receptiveField != receptiveField {
      throw TeacherTrainingError.otherStart(start.receptiveField.rawValue, receptiveField.rawValue)
    }
    var patches = PhotoPatches(
      photos: photos, downloader: downloader, side: receptiveField.patchSide, batch: batch,
      patchesPerPhoto: perPhoto, seed: run.seed, withPositives: metric > 0)
    try patches.files.checkAddresses()
    let share = try BatchShare(of: patches.patchCounts, in: run.group)
    var distilled: Distillation?
    if distillation > 0 {
      distilled = try await Distillation(
        of: encoders, encoderSide: encoderSide, scaling: featureScaling, patches.batches(), run)
    }
    let teacher = try (start ?? PatchDescriptor(receptiveField, seed: run.seed))
      .map { try $0.to(run.device).parameter() }
    let parameters = teacher.parameters + (distilled?.parameters ?? [])
    var optimizer = try Adam(parameters, adam)

    var run = run
    if run.checkpoints != nil || run.group != nil {
      run.inputs["training"] = try json()
      run.inputs["photos"] = try patches.files.digest()
      run.inputs["encoders"] = try Digest.digits(of: encoders.map { try $0.digest() })
      run.inputs["start"] = try start?.fingerprint() ?? "random"
    }
    patches.photosOfBatch = share.photos
    let batches = patches.batches()
    try await run.steps(
      "teaching p = \(receptiveField.rawValue)", count: steps,
      settings: "\(json()) seed \(run.seed) photos \(photos.count)"
        + (start.map { " from \(try $0.fingerprint())" } ?? ""),
      state: parameters + optimizer.state
    ) { [distilled] step in
      let start = ContinuousClock.now
      let batch = try await batches.item(step)
      let waited = ContinuousClock.now - start
      let losses = try losses(of: teacher, distilled, batch, share, run.device)
      let weighted = try losses.map { try $0.value * $0.weight }
      let sum = try weighted.dropFirst().reduce(weighted[0]) { try $0 + $1 }
      let own = (
        tensors: try sum.gradients(for: parameters),
        numbers: try losses.map { Double(try $0.value.scalar()) * $0.share }
      )
      let all = try run.group?.sums(own.tensors, own.numbers) ?? own
      optimizer.settings.learningRate = learningRate(at: step)
      try optimizer.step(all.tensors)
      let figures = zip(losses, all.numbers).map { ($0.name, $1) }
      let took = ContinuousClock.now - start
      // How much of the step went by before its photos were there.
      return figures + [("waiting", waited / took), ("steps/s", .seconds(1) / took)]
    }
    return (try teacher.map { try $0.detached().to(.cpu) }, patches.unreadable.sorted)
  }

  /// Patches of one photo in a batch; a negative must come from another.
  private var perPhoto: Int { max(1, min(patchesPerPhoto, batch / 2)) }

  /// A loss over a batch: its name, its weight, the share of it that is this process's, and its value.
  private typealias Loss = (name: String, weight: Double, share: Double, value: Tensor)

  /// The losses that have a weight, on one batch of which this process sees a part.
  ///
  /// Those that compare patches with each other are taken over the patches of all processes. The
  /// gradients of all processes, added up, are those of the whole batch.
  private func losses(
    of teacher: PatchDescriptor, _ distilled: Distillation?, _ batch: PhotoPatches.Batch,
    _ share: BatchShare, _ device: Device
  ) throws -> [Loss] {
    let patches = try batch.anchors.to(device)
    let descriptors = try teacher.describe(patches: patches)
    var losses: [Loss] = []
    if let distilled {
      let loss = try distilled.loss(of: descriptors, patches: patches)
      losses.append(("distillation", distillation, 1, try share.weighted(loss)))
    }
    let together = metric > 0 || compactness > 0 ? try share.gathered(descriptors) : descriptors
    if let positives = batch.positives {
      // The patch of the next photo is the negative.
      let count = together.shape[0]
      let negatives = try together.selecting((0..<count).map { ($0 + perPhoto) % count })
      let loss = try metricLoss(
        anchors: together,
        positives: share.gathered(teacher.describe(patches: positives.to(device))),
        negatives: negatives, margin: margin)
      losses.append(("metric", metric, share.ofWhole, loss))
    }
    if compactness > 0 {
      losses.append(("correlation", compactness, share.ofWhole, try compactnessLoss(of: together)))
    }
    guard !losses.isEmpty else { throw TeacherTrainingError.noLoss }
    return losses
  }

  private func learningRate(at step: Int) -> Double {
    let remaining = Double(steps - step) / (annealing * Double(steps))
    return adam.learningRate * min(1, remaining)
  }
}

/// Why a teacher cannot be trained.
public enum TeacherTrainingError: Error, CustomStringConvertible, Equatable {
  /// Something shall be distilled, but there is no encoder.
  case noEncoder
  /// All losses have the weight 0.
  case noLoss
  /// A photograph is not at its address, or not to be had by this user; what the server says.
  case lostPhoto(String)
  /// There are too few photographs to keep any aside.
  case nothingHeldOut
  /// The teacher to go on from sees patches of another side than wanted.
  case otherStart(Int, Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .noEncoder: "distillation (loss k) needs a pretrained encoder"
    case .noLoss: "all losses have the weight 0; give one a weight"
    case .lostPhoto(let reason):
      "\(reason); without it the same seed draws other photographs; put it back and go on, or take it off "
        + "the list and start again"
    case .nothingHeldOut:
      "too few photographs to hold some out and measure on them; give at least 100"
    case .otherStart(let found, let wanted):
      "the teacher to start from sees patches of \(found) pixels, not \(wanted); choose another"
    }
  }
}
