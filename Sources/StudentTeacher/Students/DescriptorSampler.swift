import AnomalyDetection
import Images
import Networks
import Randomness
import Tensors

/// The pixels whose descriptors a training step looks at.
///
/// - `paper`: all pixels of one image a step, the images in a new random order each epoch.
/// - `fast`: square windows at random places of a few images, every `stride`-th pixel of each: an
///   unbiased sample of positions for a fraction of the work, as neighbouring patches overlap
///   almost wholly.
///
/// A batch is a function of the seed and its number alone, so that a training resumes by its step.
struct DescriptorSampler: Sendable {
  let images: ImageCollection
  let recipe: Recipe
  let batch: Int
  let padding: Padding
  let receptiveField: ReceptiveField
  let seed: UInt64

  /// Descriptors along the side of a window.
  static let windowSide = 17

  /// The descriptors of a part that the sampler cut.
  func describe(_ network: PatchDescriptor, _ part: Tensor) throws -> Tensor {
    switch recipe {
    case .paper: try network.dense(part)
    case .fast: try network.strided(part)
    }
  }

  /// The padded pixels of a training step, N × 3 × h × w.
  func batch(_ number: Int) throws -> Tensor {
    switch recipe {
    case .paper:
      let epoch = number / images.count
      var random = generator(1, epoch)
      let order = Array(0..<images.count).shuffled(using: &random)
      return try padded(order[number % images.count])
    case .fast:
      var random = generator(2, number)
      return try Tensor.concatenating(
        (0..<batch).map { _ in
          try window(of: Int.random(in: 0..<images.count, using: &random), &random)
        })
    }
  }

  /// Parts of one image that stand for all of it in statistics.
  func parts(covering image: Int) throws -> [Tensor] {
    switch recipe {
    case .paper: return [try padded(image)]
    case .fast:
      var random = generator(3, image)
      return try (0..<2).map { _ in try window(of: image, &random) }
    }
  }

  private func generator(_ purpose: UInt64, _ number: Int) -> SeededGenerator {
    SeededGenerator(seed: seed, stream: purpose << 56 ^ UInt64(number))
  }

  private func padded(_ image: Int) throws -> Tensor {
    let pixels = try images.image(image).tensor()
    let (_, _, height, width) = pixels.imageAxes
    try receptiveField.check(height: height, width: width, padding)
    return try receptiveField.padded(pixels, padding)
  }

  private func window(of image: Int, _ random: inout SeededGenerator) throws -> Tensor {
    let all = try padded(image)
    let (_, _, height, width) = all.imageAxes
    let rows = start(in: height, &random)
    let columns = start(in: width, &random)
    return try all.slice(2, from: rows.lowerBound, length: rows.count)
      .slice(3, from: columns.lowerBound, length: columns.count)
  }

  /// The padded pixels of a window along one side.
  ///
  /// A start beyond the border counts as the outermost one: otherwise the descriptors at the
  /// border would be in fewer windows than those inside.
  private func start(in length: Int, _ random: inout SeededGenerator) -> Range<Int> {
    let wanted = (Self.windowSide - 1) * receptiveField.stride + receptiveField.effectiveSide
    let seen = min(wanted, length)
    let beyond = (seen - receptiveField.effectiveSide) / 2
    let start = Int.random(in: -beyond...length - seen + beyond, using: &random)
    let inside = min(max(0, start), length - seen)
    return inside..<inside + seen
  }
}
