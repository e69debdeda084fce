import AnomalyDetection
import Files
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
    let teacher = try teacher.map { try $0.to(run.device) }.frozen()
    let sampler = sampler(seed: run.seed)
    let statistics = try await statistics(of: teacher, sampler, run)
    let answers = TeacherAnswers(teacher, statistics, sampler)
    var ensemble = try StudentEnsemble(
      receptiveField, count: method.students, method.adam, run)
    let steps = method.steps(imageCount: images.count)
    try await run.steps(
      "training students, p = \(receptiveField.rawValue)", count: steps, settings: settings(run),
      state: ensemble.state
    ) { step in
      let (pixels, target) = try Self.batch(sampler.parts(ofStep: step), answers, on: run.device)
      let loss = try ensemble.step(
        target: target, learningRate: method.learningRate(at: step, of: steps)
      ) { try sampler.describe($0, pixels) }
      guard loss.isFinite else { throw TrainingError.diverged }
      return [("unexplained", loss / Double(ReceptiveField.dimension))]
    }
    return try FittedScale(
      teacher: teacher, statistics: statistics, students: ensemble.detached()
    ).frozen()
  }

  /// The pixels of parts, and what the teacher says of them.
  private static func batch(
    _ parts: [DescriptorSampler.Part], _ answers: TeacherAnswers, on device: Device
  ) throws -> (pixels: Tensor, target: Tensor) {
    let pixels = try parts.map { try answers.sampler.pixels(of: $0).to(device) }
    let targets = try zip(parts, pixels).map { try answers.answer(to: $0, $1) }
    return (try Tensor.concatenating(pixels), try Tensor.concatenating(targets))
  }

  private func sampler(seed: UInt64) -> DescriptorSampler {
    DescriptorSampler(
      images: images, recipe: method.recipe, batch: method.batch, padding: method.padding,
      receptiveField: receptiveField, seed: seed)
  }

  private func settings(_ run: TrainingRun) throws -> String {
    "\(try method.json()) seed \(run.seed) images \(images.count)"
  }

  /// μ and σ over every training image, in 64 bits.
  private func statistics(
    of teacher: PatchDescriptor, _ sampler: DescriptorSampler, _ run: TrainingRun
  ) async throws -> DescriptorStatistics {
    let measured = try await run.measurements(
      "measuring the teacher, p = \(receptiveField.rawValue)", count: images.count,
      width: DescriptorStatistics.Sum.width, settings: settings(run)
    ) { image in
      var sum = DescriptorStatistics.Sum()
      for part in sampler.parts(covering: image) {
        try sum.add(sampler.describe(teacher, sampler.pixels(of: part).to(run.device)))
      }
      return sum.numbers
    }
    var sum = DescriptorStatistics.Sum()
    for numbers in measured { sum.add(DescriptorStatistics.Sum(numbers: numbers)) }
    let statistics = try sum.statistics()
    return try statistics.map { try $0.to(run.device) }
  }
}

extension StudentTraining {
  /// Seconds that parts of the work take on a device.
  struct Cost {
    /// One step of all students.
    let step: Double
    /// The teacher's statistics of one image.
    let statistics: Double
    /// The map of one image.
    let map: Double
  }

  /// Times each part once, after one step for warming up; nothing of it is kept.
  func cost(on device: Device) throws -> Cost {
    let run = TrainingRun(seed: 0, device: device)
    let sampler = sampler(seed: 0)
    let teacher = try teacher.map { try $0.to(device) }.frozen()
    var ensemble = try StudentEnsemble(
      receptiveField, count: method.students, method.adam, run)
    var sum = DescriptorStatistics.Sum()
    let seconds = { (work: () throws -> Void) in
      let start = ContinuousClock.now
      try work()
      try device.synchronize()
      return (ContinuousClock.now - start) / .seconds(1)
    }
    let measuring = try seconds {
      for part in sampler.parts(covering: 0) {
        try sum.add(sampler.describe(teacher, sampler.pixels(of: part).to(device)))
      }
    }
    let statistics = try sum.statistics().map { try $0.to(device) }
    let answers = TeacherAnswers(teacher, statistics, sampler)
    var stepping = 0.0
    for step in 0..<2 {
      stepping = try seconds {
        let (pixels, target) = try Self.batch(sampler.parts(ofStep: step), answers, on: device)
        _ = try ensemble.step(target: target, learningRate: 0) {
          try sampler.describe($0, pixels)
        }
      }
    }
    let fitted = try FittedScale(
      teacher: teacher, statistics: statistics, students: ensemble.detached()
    ).frozen()
    let mapping = try seconds {
      _ = try fitted.errorAndUncertainty(
        of: images.image(0).tensor().to(device), density: method.density, padding: method.padding)
    }
    return Cost(step: stepping, statistics: measuring, map: mapping)
  }
}
