import AnomalyDetection
import Networks
import Tensors

/// Good images to learn from, which the teacher describes as they come.
struct DescribedImages: StudentBatches {
  let sampler: DescriptorSampler
  /// On the device, ready to describe.
  let teacher: PatchDescriptor
  let device: Device
  /// The processes that share the pixels of a step; nil for a process alone.
  let group: ProcessGroup?

  init(_ sampler: DescriptorSampler, by teacher: PatchDescriptor, _ run: TrainingRun) throws {
    self.sampler = sampler
    self.teacher = try teacher.map { try $0.to(run.device) }.frozen()
    (device, group) = (run.device, run.group)
    if case .strided = sampler.positions {
      _ = try group?.share(of: sampler.parts(ofStep: 0).count, named: "windows")
    }
  }

  var partCount: Int { sampler.images.count }

  var positions: Positions { sampler.positions }

  func descriptors(ofPart number: Int) throws -> Tensor {
    let pixels = try sampler.pixels(of: sampler.parts(covering: number)).to(device)
    return try teacher.describe(pixels, at: positions)
  }

  func batch(ofStep number: Int) throws -> StudentBatch {
    let (pixels, share) = try pixels(ofStep: number)
    let onDevice = try pixels.to(device)
    return StudentBatch(
      pixels: onDevice, descriptors: try teacher.describe(onDevice, at: positions), share: share)
  }

  /// This process's pixels of a step, and which part of all they are: some windows, or some rows of the image.
  private func pixels(ofStep number: Int) throws -> (pixels: Tensor, share: Double) {
    let parts = sampler.parts(ofStep: number)
    guard let group else { return (try sampler.pixels(of: parts), 1) }
    switch positions {
    case .strided:
      let own = try group.share(of: parts.count, named: "windows")
      return (try sampler.pixels(of: Array(parts[own])), Double(own.count) / Double(parts.count))
    case .every:
      let whole = try sampler.pixels(of: parts)
      // A row of descriptors is seen with the rows of pixels below it.
      let beyond = sampler.receptiveField.effectiveSide - 1
      let rows = whole.imageAxes.height - beyond
      let own = try group.share(of: rows, named: "rows")
      return (
        try whole.slice(2, from: own.lowerBound, length: own.count + beyond),
        Double(own.count) / Double(rows)
      )
    }
  }
}
