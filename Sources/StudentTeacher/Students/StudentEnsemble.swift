import AnomalyDetection
import Networks
import Tensors

/// Students in training, each with its own start and its own optimiser.
struct StudentEnsemble {
  let students: [PatchDescriptor]
  private var optimizers: [Adam]

  init(
    _ receptiveField: ReceptiveField, numbers: Range<Int>, _ adam: Adam.Settings, _ run: TrainingRun
  ) throws {
    students = try numbers.map { number in
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
  ///   - share: Which part of the step's pixels these are; the processes of `group` have the others.
  ///   - group: The processes that step together; nil for a process alone.
  ///   - describe: The answer of a student to the same pixels.
  /// - Returns: The mean loss of the students before the step.
  /// - Throws: `TensorError`.
  mutating func step(
    target: Tensor, learningRate: Double, share: Double = 1, in group: ProcessGroup? = nil,
    _ describe: (PatchDescriptor) throws -> Tensor
  ) throws -> Double {
    var sum = 0.0
    var own: [[Tensor]] = []
    for student in students {
      let loss = try studentLoss(answer: describe(student), target: target)
      own.append(try (group == nil ? loss : loss * share).gradients(for: student.parameters))
      sum += Double(try loss.scalar()) * share
    }
    let gradients = own.flatMap(\.self)
    let all = try group?.sums(gradients, [sum]) ?? (tensors: gradients, numbers: [sum])
    var start = 0
    for (number, gradients) in own.enumerated() {
      optimizers[number].settings.learningRate = learningRate
      try optimizers[number].step(Array(all.tensors[start..<start + gradients.count]))
      start += gradients.count
    }
    return all.numbers[0] / Double(students.count)
  }

  /// The students as they are now, no longer in training.
  func detached() throws -> [PatchDescriptor] {
    try students.map { try $0.map { try $0.detached() } }
  }
}
