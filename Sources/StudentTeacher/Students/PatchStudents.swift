public import AnomalyDetection
import Files
public import Networks
import Randomness
public import Tensors

/// Students that imitate a teacher on single patches, each a map of one pixel.
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

  /// On the device, ready to score.
  private let scale: FittedScale
  private let normalization: ScoreNormalization
  private let device: Device

  /// How many patches are processed at once.
  private static let part = 256

  /// Trains students, then measures how they err and disagree on patches that were held out.
  ///
  /// - Parameters:
  ///   - teacher: Describes patches.
  ///   - descriptors: What it says of good patches, count × 128.
  ///   - patches: Gives those of the given numbers, N × 3 × p × p.
  ///   - settings: What can be chosen.
  ///   - run: Seed, device, checkpoints and progress.
  /// - Throws: `TrainingError` for fewer than two patches, and what the run or libtorch throw.
  public init(
    imitating teacher: PatchDescriptor, descriptors: Tensor,
    of patches: @escaping @Sendable ([Int]) throws -> Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    let count = descriptors.shape[0]
    guard count >= 2 else { throw TrainingError.tooFewPatches(count) }
    let order = SeededGenerator.order(of: count, seed: run.seed, for: .heldOutPatches)
    let heldOut = min(max(1, Int((settings.validation * Double(count)).rounded())), count - 1)
    let good = DescribedPatches(
      patches: patches,
      descriptors: try descriptors.reshaped([count, ReceptiveField.dimension, 1, 1]),
      numbers: Array(order.dropFirst(heldOut)), batch: settings.batch, seed: run.seed,
      device: run.device)
    let training = StudentTraining(
      teacher: teacher, batches: good, students: settings.students,
      steps: settings.epochs * good.stepsPerEpoch, adam: settings.adam, anneals: true,
      settings: "\(try settings.json()) seed \(run.seed) patches \(good.numbers.count)")
    let scale = try await training.fit(run: run).placed(Execution(on: run.device)).frozen()
    var normalization = ScoreNormalization()
    for start in stride(from: 0, to: heldOut, by: Self.part) {
      let numbers = Array(order[start..<min(start + Self.part, heldOut)])
      let (error, uncertainty) = try scale.errorAndUncertainty(
        ofPatches: patches(numbers).to(run.device))
      normalization.add(
        ScoreNormalization(
          error: Moments(of: try error.scalars()),
          uncertainty: Moments(of: try uncertainty.scalars())))
    }
    (self.scale, self.normalization, device) = (scale, normalization, run.device)
  }

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
  /// - Parameter patches: N × 3 × p × p.
  /// - Returns: Scores of N patches.
  /// - Throws: `TensorError`.
  public func scores(of patches: Tensor) throws -> Scores {
    let both = try scale.errorAndUncertainty(ofPatches: patches.to(device))
    return Scores(
      fused: try scaleScore(of: normalization.standardized(both)).scalars(),
      error: try both.error.scalars(), uncertainty: try both.uncertainty.scalars())
  }
}
