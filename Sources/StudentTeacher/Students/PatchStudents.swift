public import AnomalyDetection
import Files
public import Networks
import Randomness
public import Tensors

/// Students that imitate a teacher on single patches: one patch, one score.
///
/// For one-class classification of small images, each zoomed to a patch (Bergmann et al. 2020,
/// Section 4.1).
public struct PatchStudents: Sendable {
  /// What can be chosen.
  public struct Settings: Codable, Sendable, Equatable {
    /// M, the number of students; 5 in the paper.
    public var students = 5
    /// Times that each patch is seen; the paper does not say how often.
    public var epochs = 12
    /// Patches a step.
    public var batch = 32
    /// The step sizes; the rate falls to zero over the last half.
    public var adam = Adam.Settings(learningRate: 1e-3, weightDecay: 1e-5)
    /// The share of the patches that are not learnt from, but measured for the scores.
    public var validation = 0.1

    /// Five students.
    public init() {}
  }

  private let statistics: DescriptorStatistics
  private let students: [PatchDescriptor]
  private let normalization: ScoreNormalization
  private let device: Device

  /// Good patches, and what the teacher says of them.
  private struct Good {
    /// Count × 128 × 1 × 1.
    let descriptors: Tensor
    let patches: ([Int]) throws -> Tensor
    let training: [Int]
    let validation: [Int]
  }

  /// Trains students.
  ///
  /// - Parameters:
  ///   - receptiveField: The patches that they see.
  ///   - descriptors: What the teacher says of good patches, count × 128.
  ///   - patches: Gives those of the given numbers, N × 3 × p × p.
  ///   - settings: What can be chosen.
  ///   - run: Seed, device, checkpoints and progress.
  /// - Throws: `GoodImagesError` for fewer than two patches, and what the run or libtorch throw.
  public init(
    _ receptiveField: ReceptiveField, imitating descriptors: Tensor,
    of patches: @escaping ([Int]) throws -> Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    let count = descriptors.shape[0]
    guard count >= 2 else { throw GoodImagesError.tooFew(count) }
    let order = SeededGenerator.order(of: count, seed: run.seed, stream: 11)
    let kept = min(max(1, Int((settings.validation * Double(count)).rounded())), count - 1)
    let good = Good(
      descriptors: try descriptors.reshaped([count, ReceptiveField.dimension, 1, 1]),
      patches: patches, training: Array(order.dropFirst(kept)),
      validation: Array(order.prefix(kept)))
    var sum = DescriptorStatistics.Sum()
    try sum.add(good.descriptors.selecting(good.training))
    statistics = try sum.statistics().map { try $0.to(run.device) }
    students = try await Self.trained(receptiveField, good, statistics, settings, run)
    normalization = try Self.normalization(of: students, good, statistics, run.device)
    device = run.device
  }

  private static func trained(
    _ receptiveField: ReceptiveField, _ good: Good, _ statistics: DescriptorStatistics,
    _ settings: Settings, _ run: TrainingRun
  ) async throws -> [PatchDescriptor] {
    var ensemble = try StudentEnsemble(
      receptiveField, count: settings.students, settings.adam, run)
    let count = good.training.count
    let perEpoch = (count + settings.batch - 1) / settings.batch
    let steps = settings.epochs * perEpoch
    var shuffled: (epoch: Int, numbers: [Int]) = (-1, [])
    try await run.steps(
      "training students", count: steps,
      settings: "\(settings.json()) seed \(run.seed) patches \(count)", state: ensemble.state
    ) { step in
      let epoch = step / perEpoch
      if epoch != shuffled.epoch {
        let order = SeededGenerator.order(
          of: count, seed: run.seed, stream: 12 << 32 | UInt64(epoch))
        shuffled = (epoch, order.map { good.training[$0] })
      }
      let start = step % perEpoch * settings.batch
      let numbers = Array(shuffled.numbers[start..<min(start + settings.batch, count)])
      let pixels = try good.patches(numbers).to(run.device)
      let target = try statistics.normalized(good.descriptors.selecting(numbers).to(run.device))
      let rate = settings.adam.learningRate * min(1, 2 * Double(steps - step) / Double(steps))
      let loss = try ensemble.step(target: target, learningRate: rate) {
        try $0.describe(pixels, at: .strided)
      }
      guard loss.isFinite else { throw TrainingError.diverged }
      return [("unexplained", loss / Double(ReceptiveField.dimension))]
    }
    return try ensemble.detached().map { try $0.frozen() }
  }

  /// How students err and disagree on patches that they have not learnt from.
  private static func normalization(
    of students: [PatchDescriptor], _ good: Good, _ statistics: DescriptorStatistics,
    _ device: Device
  ) throws -> ScoreNormalization {
    var normalization = ScoreNormalization()
    let count = good.validation.count
    for start in stride(from: 0, to: count, by: part) {
      let numbers = Array(good.validation[start..<min(start + part, count)])
      let (error, uncertainty) = try errorAndUncertainty(
        good.patches(numbers), good.descriptors.selecting(numbers), students, statistics, device)
      try normalization.error.add(error.scalars())
      try normalization.uncertainty.add(uncertainty.scalars())
    }
    return normalization
  }

  /// How many patches are looked at at once.
  private static let part = 256

  /// How anomalous patches are; higher is more anomalous.
  public struct Scores: Sendable {
    /// The paper's score: error and uncertainty in deviations of patches that were held out, added.
    public let fused: [Float]
    /// The regression error alone.
    public let error: [Float]
    /// The predictive uncertainty alone.
    public let uncertainty: [Float]
  }

  /// How anomalous patches are.
  ///
  /// - Parameters:
  ///   - patches: N × 3 × p × p.
  ///   - descriptors: What the teacher says of them, N × 128.
  /// - Returns: Scores of N patches.
  /// - Throws: `TensorError`.
  public func scores(of patches: Tensor, descriptors: Tensor) throws -> Scores {
    let columns = try descriptors.reshaped([descriptors.shape[0], ReceptiveField.dimension, 1, 1])
    let (error, uncertainty) = try Self.errorAndUncertainty(
      patches, columns, students, statistics, device)
    return Scores(
      fused: try normalizedScore(error: error, uncertainty: uncertainty, normalization).scalars(),
      error: try error.scalars(), uncertainty: try uncertainty.scalars())
  }

  private static func errorAndUncertainty(
    _ patches: Tensor, _ descriptors: Tensor, _ students: [PatchDescriptor],
    _ statistics: DescriptorStatistics, _ device: Device
  ) throws -> (error: Tensor, uncertainty: Tensor) {
    let pixels = try patches.to(device)
    let target = try statistics.normalized(descriptors.to(device))
    let answers = try students.map { try $0.describe(pixels, at: .strided) }
    return (
      try regressionError(of: answers, target: target), try predictiveUncertainty(of: answers)
    )
  }
}
