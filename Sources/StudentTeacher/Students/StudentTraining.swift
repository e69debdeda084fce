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
    var all: [PatchDescriptor] = []
    if run.takesPieces {
      for number in 0..<students {
        all += try await trained(number..<number + 1, statistics, run, mustBeDone: true)
      }
    } else {
      all = try await trained(0..<students, statistics, run)
    }
    return try FittedScale(teacher: teacher, statistics: statistics, students: all)
      .map { try $0.to(.cpu) }
  }

  /// Trains one student as a piece of the whole, which ``fit(run:)`` takes from the checkpoints of a run that
  /// takes pieces.
  func makePiece(_ number: Int, run: TrainingRun) async throws {
    _ = try await trained(number..<number + 1, statistics(run), run)
  }

  private func trained(
    _ numbers: Range<Int>, _ statistics: DescriptorStatistics, _ run: TrainingRun,
    mustBeDone: Bool = false
  ) async throws -> [PatchDescriptor] {
    var ensemble = try ensemble(numbers, run)
    let those = numbers.count == students ? "students" : "student \(numbers.lowerBound + 1)"
    try await run.steps(
      "training \(those), p = \(receptiveField.rawValue)", count: steps, settings: settings,
      state: ensemble.state, mustBeDone: mustBeDone
    ) { step in
      let loss = try self.step(
        step, &ensemble, statistics, learningRate: learningRate(at: step), in: run.group)
      guard loss.isFinite else { throw TrainingError.diverged }
      return [("residual", loss / Double(ReceptiveField.dimension))]
    }
    return try ensemble.detached()
  }

  /// Students as they start.
  func ensemble(_ numbers: Range<Int>, _ run: TrainingRun) throws -> StudentEnsemble {
    try StudentEnsemble(receptiveField, numbers: numbers, adam, run)
  }

  /// Brings all students closer to the teacher on one batch; gives their mean loss before.
  func step(
    _ number: Int, _ ensemble: inout StudentEnsemble, _ statistics: DescriptorStatistics,
    learningRate: Double, in group: ProcessGroup? = nil
  ) throws -> Double {
    let batch = try batches.batch(ofStep: number)
    return try ensemble.step(
      target: statistics.normalized(batch.descriptors), learningRate: learningRate,
      share: batch.share, in: group
    ) { try $0.describe(batch.pixels, at: batches.positions) }
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
