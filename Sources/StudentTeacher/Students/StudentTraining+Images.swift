import AnomalyDetection
import Datasets
import Files
import Networks
import Tensors

extension StudentTraining<DescribedImages> {
  /// The training of one receptive field of a method on good images.
  init(
    _ method: StudentTeacherMethod, _ teacher: PatchDescriptor, on images: ImageCollection,
    _ run: TrainingRun
  ) throws {
    let sampler = DescriptorSampler(
      images: images, recipe: method.recipe, batch: method.batch, padding: method.padding,
      receptiveField: teacher.receptiveField, augmentation: method.augmentation, seed: run.seed)
    self.init(
      teacher: teacher,
      batches: try DescribedImages(sampler, by: teacher, run),
      students: method.students, steps: method.steps(imageCount: images.count), adam: method.adam,
      anneals: method.recipe == .fast,
      settings: "\(try method.json()) seed \(run.seed) images \(images.count)")
  }

  /// Seconds that parts of the work take on a device.
  struct Cost {
    /// One step of all students.
    let step: Double
    /// The teacher's statistics of one image.
    let statistics: Double
    /// The map of one image.
    let map: Double
  }

  /// How often a step is timed: one alone says little on a machine that does other work too.
  private static var timedSteps: Int { 5 }

  /// Times each part, after it has been done once; of several steps the median counts.
  ///
  /// Nothing of it is kept.
  func cost(density: Density, _ run: TrainingRun) throws -> Cost {
    var ensemble = try ensemble(0..<students, run)
    var sum = DescriptorStatistics.Sum()
    let seconds = { (work: () throws -> Void) in
      let start = ContinuousClock.now
      try work()
      try run.device.synchronize()
      return (ContinuousClock.now - start) / .seconds(1)
    }
    let measuring = try (0..<2).map { part in
      try seconds { try sum.add(batches.descriptors(ofPart: part % batches.partCount)) }
    }
    let statistics = try sum.statistics().map { try $0.to(run.device) }
    let stepping = try (0...Self.timedSteps).map { number in
      try seconds { _ = try step(number, &ensemble, statistics, learningRate: 0) }
    }.dropFirst().sorted()
    let fitted = try FittedScale(
      teacher: batches.teacher, statistics: statistics, students: ensemble.detached()
    ).frozen()
    let mapping = try (0..<2).map { _ in
      try seconds {
        _ = try fitted.errorAndUncertainty(
          of: batches.sampler.images.image(0).tensor().to(run.device), density: density,
          padding: batches.sampler.padding)
      }
    }
    return Cost(
      step: stepping[stepping.count / 2], statistics: measuring[1], map: mapping[1])
  }
}
