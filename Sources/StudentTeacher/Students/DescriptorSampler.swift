import AnomalyDetection
import Datasets
import Images
import Networks
import Randomness
import Tensors

/// The pixels whose descriptors a training step uses.
///
/// - `paper`: all pixels of one image a step, the images in a new random order each epoch.
/// - `fast`: square windows at random places of a few images, every `stride`-th pixel of each: an
///   unbiased sample of positions for a fraction of the work, as neighbouring patches overlap
///   almost wholly.
///
/// What a step uses is a function of the seed and its number alone, so that a training resumes
/// by its step.
struct DescriptorSampler: Sendable {
  let images: ImageCollection
  let recipe: Recipe
  let batch: Int
  let padding: Padding
  let receptiveField: ReceptiveField
  /// How images are changed for a training step; nil for not at all.
  let augmentation: Augmentation?
  let seed: UInt64

  /// A part of an image that networks see at once: the whole image, or one of its windows.
  struct Part: Hashable, Sendable {
    let image: Int
    let window: Int
    /// Which random change the image is seen under; nil as it is.
    var change: Int?
  }

  /// Descriptors along the side of a window, and how many windows take the place of one of `batch`:
  /// about the same work for each receptive field.
  ///
  /// Small windows and many of them: descriptors side by side repeat each other.
  private var windows: (side: Int, together: Int) {
    switch receptiveField {
    case .p17: (5, 4)
    case .p33: (8, 3)
    case .p65: (5, 2)
    }
  }

  /// Where parts are described.
  var positions: Positions { recipe == .paper ? .every : .strided }

  /// What a training step uses.
  func parts(ofStep number: Int) -> [Part] {
    switch recipe {
    case .paper:
      var random = SeededGenerator(seed: seed, for: .imageOrder, number / images.count)
      let order = Array(0..<images.count).shuffled(using: &random)
      return [Part(image: order[number % images.count], window: 0, change: number)]
    case .fast:
      var random = SeededGenerator(seed: seed, for: .windows, number)
      return (0..<batch * windows.together).map { _ in
        let image = Int.random(in: 0..<images.count, using: &random)
        let window = Int.random(in: 0..<1 << 24, using: &random)
        return Part(image: image, window: window, change: window)
      }
    }
  }

  /// Parts of one image that stand for all of it in statistics.
  func parts(covering image: Int) -> [Part] {
    (0..<(recipe == .paper ? 1 : 2 * windows.together)).map { Part(image: image, window: $0) }
  }

  /// The padded pixels of parts of one size, N × 3 × h × w.
  func pixels(of parts: [Part]) throws -> Tensor {
    try Tensor.concatenating(parts.map { try pixels(of: $0) })
  }

  /// The padded pixels of a part, 1 × 3 × h × w.
  func pixels(of part: Part) throws -> Tensor {
    let image = try changed(part).tensor()
    let (_, _, height, width) = image.imageAxes
    try receptiveField.check(height: height, width: width, padding)
    guard recipe == .fast else { return try receptiveField.padded(image, padding) }
    let margins = receptiveField.marginBefore + receptiveField.marginAfter
    var random = SeededGenerator(
      seed: seed, for: .windowPlace, part.image << 24 ^ part.window)
    let rows = start(in: height + margins, &random)
    let columns = start(in: width + margins, &random)
    let inside = { (range: Range<Int>, length: Int) in
      let first = range.lowerBound - receptiveField.marginBefore
      return first >= 0 && first + range.count <= length ? first : nil
    }
    // Most windows see nothing of the margins, which are dear.
    if let row = inside(rows, height), let column = inside(columns, width) {
      return try image.slice(2, from: row, length: rows.count)
        .slice(3, from: column, length: columns.count)
    }
    return try receptiveField.padded(image, padding)
      .slice(2, from: rows.lowerBound, length: rows.count)
      .slice(3, from: columns.lowerBound, length: columns.count)
  }

  /// The image of a part, under its change.
  private func changed(_ part: Part) throws -> Image {
    let image = try images.image(part.image)
    guard let augmentation, let change = part.change else { return image }
    var random = SeededGenerator(seed: seed, for: .imageChange, part.image << 24 ^ change)
    return augmentation.changed(image, &random)
  }

  /// The padded pixels of a window along one side.
  ///
  /// A start beyond the border counts as the outermost one: otherwise the descriptors at the
  /// border would be in fewer windows than those inside.
  private func start(in length: Int, _ random: inout SeededGenerator) -> Range<Int> {
    let wanted = (windows.side - 1) * receptiveField.stride + receptiveField.effectiveSide
    let seen = min(wanted, length)
    let beyond = (seen - receptiveField.effectiveSide) / 2
    let start = Int.random(in: -beyond...length - seen + beyond, using: &random)
    let inside = min(max(0, start), length - seen)
    return inside..<inside + seen
  }
}
