import AnomalyDetection
import Networks
import Tensors

/// Good images to learn from, which the teacher describes as they come.
struct DescribedImages: StudentBatches {
  let sampler: DescriptorSampler
  /// On the device, ready to describe.
  let teacher: PatchDescriptor
  let device: Device

  init(_ sampler: DescriptorSampler, by teacher: PatchDescriptor, on device: Device) throws {
    self.sampler = sampler
    self.teacher = try teacher.map { try $0.to(device) }.frozen()
    self.device = device
  }

  var partCount: Int { sampler.images.count }

  var positions: Positions { sampler.positions }

  func descriptors(ofPart number: Int) throws -> Tensor {
    let pixels = try sampler.pixels(of: sampler.parts(covering: number)).to(device)
    return try teacher.describe(pixels, at: positions)
  }

  func batch(ofStep number: Int) throws -> (pixels: Tensor, descriptors: Tensor) {
    let pixels = try sampler.pixels(of: sampler.parts(ofStep: number)).to(device)
    return (pixels, try teacher.describe(pixels, at: positions))
  }
}
