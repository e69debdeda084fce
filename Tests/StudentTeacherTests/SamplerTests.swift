import AnomalyDetection
import Datasets
import Images
import Networks
import Tensors
import TestSupport
import Testing

@testable import StudentTeacher

@Suite struct `Training batches` {
  private func sampler(
    _ recipe: Recipe, seed: UInt64 = 1, side: Int = 128, augmentation: Augmentation? = nil
  ) -> DescriptorSampler {
    let images = ImageCollection(count: 5) { number in
      Image(
        height: side, width: side,
        pixels: (0..<side * side * 3).map { Float(($0 * 31 + number * 7) % 256) / 255 })
    }
    return DescriptorSampler(
      images: images, recipe: recipe, batch: 3, padding: .reflection, receptiveField: .p33,
      augmentation: augmentation, seed: seed)
  }

  private func batch(_ sampler: DescriptorSampler, _ step: Int) throws -> Tensor {
    try sampler.pixels(of: sampler.parts(ofStep: step))
  }

  @Test(arguments: Recipe.allCases)
  func `depend on the seed and their number alone`(recipe: Recipe) throws {
    let batches = sampler(recipe)
    _ = try batch(batches, 0)
    #expect(try batch(batches, 7).scalars() == batch(sampler(recipe), 7).scalars())
    #expect(try batch(batches, 7).scalars() != batch(batches, 8).scalars())
  }

  /// Half of what is learnt from stays as it is; the rest is another image each time, by the seed.
  @Test(arguments: Recipe.allCases)
  func `show images changed, half of the time`(recipe: Recipe) throws {
    let (plain, changing) = (
      sampler(recipe, side: 64), sampler(recipe, side: 64, augmentation: Augmentation([.turn]))
    )
    let parts = (0..<60).flatMap { changing.parts(ofStep: $0) }
    #expect(parts == (0..<60).flatMap { plain.parts(ofStep: $0) })
    let changed = try parts.filter {
      try changing.pixels(of: $0).scalars() != plain.pixels(of: $0).scalars()
    }
    #expect(abs(Double(changed.count) / Double(parts.count) - 0.5) < 0.25)
    #expect(
      try batch(changing, 9).scalars()
        == batch(sampler(recipe, side: 64, augmentation: Augmentation([.turn])), 9).scalars())
    // The teacher's statistics are those of the images as they are.
    for part in changing.parts(covering: 2) {
      #expect(try changing.pixels(of: part).scalars() == plain.pixels(of: part).scalars())
    }
  }

  /// In one epoch an image is turned one way, in the next another.
  @Test func `of the paper change an image differently each epoch`() throws {
    let changing = sampler(.paper, side: 64, augmentation: Augmentation([.turn]))
    let seen = try (0..<60).flatMap { changing.parts(ofStep: $0) }.filter { $0.image == 0 }
      .map { try changing.pixels(of: $0).scalars() }
    #expect(seen.count == 12 && Set(seen).count > 3)
  }

  @Test func `of the paper take each image once an epoch`() throws {
    let batches = sampler(.paper)
    for epoch in 0..<2 {
      let firsts = try (0..<5).map { try batch(batches, epoch * 5 + $0).scalars().prefix(100) }
      #expect(Set(firsts.map { Array($0) }).count == 5)
    }
    #expect(try batch(batches, 0).shape == [1, 3, 128 + 31, 128 + 31])
  }

  @Test func `of the fast recipe are three small windows for one of the batch`() throws {
    let batches = sampler(.fast)
    let part = try batch(batches, 3)
    #expect(part.shape == [9, 3, 60, 60])
    let network = try PatchDescriptor(.p33, seed: 1)
    #expect(try network.describe(part, at: batches.positions).shape == [9, 128, 8, 8])
  }

  /// What students are trained on is what they are asked later.
  @Test(arguments: Recipe.allCases)
  func `show the networks what maps show them`(recipe: Recipe) throws {
    let batches = sampler(recipe, side: 28)
    let network = try PatchDescriptor(.p33, seed: 1)
    let images = try (0..<5).map { try batches.images.image($0).tensor() }
    let maps = try images.map { image in
      try network.describe(
        network.receptiveField.padded(image), at: recipe == .paper ? .every : .strided)
    }
    // An image of 28 pixels is one window.
    let part = try batch(batches, 2)
    let described = try network.describe(part.slice(0, from: 0, length: 1), at: batches.positions)
      .scalars()
    let matches = try maps.contains { map in
      zip(try map.scalars(), described).allSatisfy { abs($0 - $1) < 1e-4 }
    }
    #expect(matches)
  }

  /// Images smaller than a window are taken whole.
  @Test func `of small images take what there is`() throws {
    #expect(try batch(sampler(.fast, side: 28), 0).shape == [9, 3, 59, 59])
  }

  @Test func `refuse images too small to be mirrored`() {
    #expect(throws: MappingError.tooSmall(height: 10, width: 10, least: 17)) {
      try batch(sampler(.fast, side: 10), 0)
    }
  }
}
