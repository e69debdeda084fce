import Networks
import Synchronization
import Tensors

/// The teacher's normalised descriptors of parts, which students regress: each computed once, and
/// kept while there is room.
///
/// Parts are always described one by one, so that a training that was resumed, and has to compute
/// again what an unbroken one remembers, gets the same numbers to the bit.
final class TeacherAnswers: Sendable {
  private let teacher: PatchDescriptor
  private let statistics: DescriptorStatistics
  let sampler: DescriptorSampler
  private let kept = Mutex<(answers: [DescriptorSampler.Part: Tensor], bytes: Int)>(([:], 0))

  /// How many bytes of answers are kept: 2 GiB.
  static let memory = 2 << 30

  init(_ teacher: PatchDescriptor, _ statistics: DescriptorStatistics, _ sampler: DescriptorSampler)
  {
    self.teacher = teacher
    self.statistics = statistics
    self.sampler = sampler
  }

  /// The answer to a part, whose pixels are on the teacher's device.
  func answer(to part: DescriptorSampler.Part, _ pixels: Tensor) throws -> Tensor {
    if let known = kept.withLock({ $0.answers[part] }) { return known }
    let answer = try statistics.normalized(sampler.describe(teacher, pixels))
    kept.withLock { kept in
      let bytes = answer.count * answer.type.size
      guard kept.bytes + bytes <= Self.memory else { return }
      kept.answers[part] = answer
      kept.bytes += bytes
    }
    return answer
  }
}
