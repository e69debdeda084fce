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
    var ensemble = try StudentEnsemble(
      receptiveField, count: method.students, method.adam, run)
    let steps = method.steps(imageCount: images.count)
    try await run.steps(
      "training students, p = \(receptiveField.rawValue)", count: steps, settings: settings(run),
      state: ensemble.state
    ) { step in
      let pixels = try sampler.pixels(of: sampler.parts(ofStep: step)).to(run.device)
      let target = try statistics.normalized(teacher.describe(pixels, at: sampler.positions))
      let loss = try ensemble.step(
        target: target, learningRate: method.learningRate(at: step, of: steps)
      ) { try $0.describe(pixels, at: sampler.positions) }
      guard loss.isFinite else { throw TrainingError.diverged }
      return [("unexplained", loss / Double(ReceptiveField.dimension))]
    }
    return try FittedScale(
      teacher: self.teacher, statistics: statistics, students: ensemble.detached()
    ).map { try $0.to(.cpu) }
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
      let pixels = try sampler.pixels(of: sampler.parts(covering: image)).to(run.device)
      try sum.add(teacher.describe(pixels, at: sampler.positions))
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
      let pixels = try sampler.pixels(of: sampler.parts(covering: 0)).to(device)
      try sum.add(teacher.describe(pixels, at: sampler.positions))
    }
    let statistics = try sum.statistics().map { try $0.to(device) }
    var stepping = 0.0
    for step in 0..<2 {
      stepping = try seconds {
        let pixels = try sampler.pixels(of: sampler.parts(ofStep: step)).to(device)
        let target = try statistics.normalized(teacher.describe(pixels, at: sampler.positions))
        _ = try ensemble.step(target: target, learningRate: 0) {
          try $0.describe(pixels, at: sampler.positions)
        }
      }
    }
    let fitted = try FittedScale(
      teacher: teacher, statistics: statistics, students: ensemble.detached()
    ).frozen()
    let mapping = try seconds {
      _ = try fitted.errorAndUncertainty(
        of: images.image(0).tensor().to(device), density: method.density ?? .strided,
        padding: method.padding)
    }
    return Cost(step: stepping, statistics: measuring, map: mapping)
  }
}
