import AnomalyDetection
import Networks
import Tensors

/// Trains the students of one receptive field to imitate its teacher on good images.
///
/// Each student has its own start and its own optimiser and learns from the same batches
/// (Bergmann et al. 2020, Section 3.2).
struct StudentTraining: Sendable {
  let method: StudentTeacherMethod
  let teacher: PatchDescriptor
  let images: ImageCollection

  private var receptiveField: ReceptiveField { teacher.receptiveField }

  func fit(run: TrainingRun) async throws -> FittedScale {
    let teacher = try teacher.map { try $0.to(run.device) }
    let sampler = DescriptorSampler(
      images: images, recipe: method.recipe, batch: method.batch, padding: method.padding,
      receptiveField: receptiveField, seed: run.seed)
    let statistics = try descriptorStatistics(of: teacher, sampler, run)
    let students = try (0..<method.students).map { number in
      try PatchDescriptor(receptiveField, seed: run.seed &+ UInt64(1000 * (number + 1)))
        .map { try $0.to(run.device).parameter() }
    }
    try await train(students, teacher, statistics, sampler, run)
    return FittedScale(
      teacher: teacher, statistics: statistics,
      students: try students.map { try $0.map { try $0.detached() } })
  }

  /// μ and σ over every training image, in 64 bits.
  private func descriptorStatistics(
    of teacher: PatchDescriptor, _ sampler: DescriptorSampler, _ run: TrainingRun
  ) throws -> DescriptorStatistics {
    var sum = DescriptorStatistics.Sum()
    for image in 0..<images.count {
      for part in try sampler.parts(covering: image) {
        try sum.add(sampler.describe(teacher, part.to(run.device)))
      }
      try run.report(
        "teacher's statistics, p = \(receptiveField.rawValue)", step: image + 1, of: images.count)
    }
    guard let statistics = try sum.statistics() else { throw GoodImagesError.tooFew(0) }
    return try statistics.map { try $0.to(run.device) }
  }

  private func train(
    _ students: [PatchDescriptor], _ teacher: PatchDescriptor, _ statistics: DescriptorStatistics,
    _ sampler: DescriptorSampler, _ run: TrainingRun
  ) async throws {
    var optimizers = try students.map { try Adam($0.parameters, method.adam) }
    let steps = method.steps(imageCount: images.count)
    try await run.steps(
      "students, p = \(receptiveField.rawValue)", count: steps,
      settings: "\(method.asText()) seed \(run.seed) images \(images.count)",
      state: zip(students, optimizers).flatMap { $0.parameters + $1.state }
    ) { step in
      let part = try sampler.batch(step).to(run.device)
      let target = try statistics.normalized(sampler.describe(teacher, part))
      var losses: [Double] = []
      for (number, student) in students.enumerated() {
        let loss = try studentLoss(answer: sampler.describe(student, part), target: target)
        optimizers[number].settings.learningRate = method.learningRate(at: step, of: steps)
        try optimizers[number].step(loss.gradients(for: student.parameters))
        losses.append(Double(try loss.scalar()) / Double(ReceptiveField.dimension))
      }
      return [("unexplained", losses.reduce(0, +) / Double(losses.count))]
    }
  }
}
