import AnomalyDetection
import Datasets
import Networks
import Tensors

/// Trains the students of one receptive field to imitate its teacher on good images or patches.
///
/// Each student has its own start and its own optimiser and learns from the same batches
/// (Bergmann et al. 2020, Section 3.2).
struct StudentTraining<Batches: StudentBatches>: Sendable {
  let teacher: PatchDescriptor
  let batches: Batches
  /// How many students there are.
  let students: Int
  /// How many steps each is trained for.
  let steps: Int
  let adam: Adam.Settings
  /// Whether the learning rate falls to zero over the last half of the steps, which stands in for the
  /// many more steps that a constant rate needs.
  let anneals: Bool
  /// All that the students depend on besides the run, as text.
  let settings: String

  private var receptiveField: ReceptiveField { teacher.receptiveField }

  func fit(run: TrainingRun) async throws -> FittedScale {
    let statistics = try await statistics(run)
    var ensemble = try ensemble(run)
    try await run.steps(
      "training students, p = \(receptiveField.rawValue)", count: steps, settings: settings,
      state: ensemble.state
    ) { step in
      let loss = try self.step(step, &ensemble, statistics, learningRate: learningRate(at: step))
      guard loss.isFinite else { throw TrainingError.diverged }
      return [("unexplained", loss / Double(ReceptiveField.dimension))]
    }
    return try FittedScale(
      teacher: teacher, statistics: statistics, students: ensemble.detached()
    ).map { try $0.to(.cpu) }
  }

  /// Students as they start.
  func ensemble(_ run: TrainingRun) throws -> StudentEnsemble {
    try StudentEnsemble(receptiveField, count: students, adam, run)
  }

  /// Brings all students closer to the teacher on one batch; gives their mean loss before.
  func step(
    _ number: Int, _ ensemble: inout StudentEnsemble, _ statistics: DescriptorStatistics,
    learningRate: Double
  ) throws -> Double {
    let (pixels, descriptors) = try batches.batch(ofStep: number)
    return try ensemble.step(
      target: statistics.normalized(descriptors), learningRate: learningRate
    ) { try $0.describe(pixels, at: batches.positions) }
  }

  private func learningRate(at step: Int) -> Double {
    guard anneals else { return adam.learningRate }
    return adam.learningRate * min(1, 2 * Double(steps - step) / Double(steps))
  }

  /// μ and σ over all that is learnt from, in 64 bits.
  private func statistics(_ run: TrainingRun) async throws -> DescriptorStatistics {
    let measured = try await run.measurements(
      "measuring the teacher, p = \(receptiveField.rawValue)", count: batches.partCount,
      width: DescriptorStatistics.Sum.width, settings: settings
    ) { part in
      var sum = DescriptorStatistics.Sum()
      try sum.add(batches.descriptors(ofPart: part))
      return sum.numbers
    }
    var sum = DescriptorStatistics.Sum()
    for numbers in measured { sum.add(DescriptorStatistics.Sum(numbers: numbers)) }
    return try sum.statistics().map { try $0.to(run.device) }
  }
}
