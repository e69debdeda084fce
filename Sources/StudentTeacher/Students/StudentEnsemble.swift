import AnomalyDetection
import Networks
import Tensors

/// Students in training, each with its own start and its own optimiser.
struct StudentEnsemble {
  let students: [PatchDescriptor]
  private var optimizers: [Adam]

  init(
    _ receptiveField: ReceptiveField, count: Int, _ adam: Adam.Settings, _ run: TrainingRun
  ) throws {
    students = try (0..<count).map { number in
      try PatchDescriptor(receptiveField, seed: run.seed &+ UInt64(1000 * (number + 1)))
        .map { try $0.to(run.device).parameter() }
    }
    optimizers = try students.map { try Adam($0.parameters, adam) }
  }

  /// All that steps change.
  var state: [Tensor] { zip(students, optimizers).flatMap { $0.parameters + $1.state } }

  /// Brings every student closer to the target.
  ///
  /// - Parameters:
  ///   - target: The teacher's normalised descriptors, N × 128 × h × w.
  ///   - learningRate: How far the step goes.
  ///   - describe: The answer of a student to the same pixels.
  /// - Returns: The mean loss of the students before the step.
  /// - Throws: `TensorError`.
  mutating func step(
    target: Tensor, learningRate: Double, _ describe: (PatchDescriptor) throws -> Tensor
  ) throws -> Double {
    var sum = 0.0
    for (number, student) in students.enumerated() {
      let loss = try studentLoss(answer: describe(student), target: target)
      optimizers[number].settings.learningRate = learningRate
      try optimizers[number].step(loss.gradients(for: student.parameters))
      sum += Double(try loss.scalar())
    }
    return sum / Double(students.count)
  }

  /// The students as they are now, no longer in training.
  func detached() throws -> [PatchDescriptor] {
    try students.map { try $0.map { try $0.detached() } }
  }
}
