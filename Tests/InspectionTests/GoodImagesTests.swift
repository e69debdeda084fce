import AnomalyDetection
import Inspection
import Datasets
import Images
import Synchronization
import Testing

@Suite struct `Good images` {
  private func images(_ count: Int) -> ImageCollection {
    ImageCollection(
      (0..<count).map { Image(height: 1, width: 1, pixels: [Float($0), 0, 0]) })
  }

  private func numbers(_ images: ImageCollection) throws -> Set<Int> {
    Set(try (0..<images.count).map { Int(try images.image($0).pixels[0]) })
  }

  @Test(arguments: [(2, 0.1, 1), (10, 0.1, 1), (20, 0.1, 2), (10, 0.5, 5), (3, 0.99, 2)])
  func `are split into two parts that share nothing`(
    count: Int, share: Double, kept: Int
  ) throws {
    let good = try GoodImages(images(count), heldOut: share, seed: 1)
    #expect(good.heldOut.count == kept)
    let (training, heldOut) = try (numbers(good.training), numbers(good.heldOut))
    #expect(training.isDisjoint(with: heldOut))
    #expect(training.union(heldOut) == Set(0..<count))
  }

  @Test func `are split by the seed alone`() throws {
    let split = { (seed: UInt64) in
      try self.numbers(GoodImages(self.images(40), heldOut: 0.25, seed: seed).heldOut)
    }
    #expect(try split(1) == split(1))
    #expect(try split(1) != split(2))
  }

  /// A third of few, a tenth of many, and 20 between.
  @Test(arguments: [(2, 1), (3, 1), (12, 4), (60, 20), (200, 20), (209, 21), (1000, 100)])
  func `are held out as their number asks for`(count: Int, heldOut: Int) throws {
    #expect(GoodImages.heldOutCount(of: count) == heldOut)
    #expect(try GoodImages(images(count), seed: 3).heldOut.count == heldOut)
  }

  @Test(arguments: [(2, 5), (7, 3), (20, 5)])
  func `are each held out of one fold`(count: Int, folds: Int) throws {
    let all = try GoodImages.folds(images(count), count: folds, seed: 1)
    #expect(all.count == min(folds, count))
    var seen: [Int] = []
    for fold in all {
      let (training, heldOut) = try (numbers(fold.training), numbers(fold.heldOut))
      #expect(training.isDisjoint(with: heldOut) && training.union(heldOut) == Set(0..<count))
      #expect(!training.isEmpty)
      seen += heldOut
    }
    #expect(seen.sorted() == Array(0..<count))
  }

  @Test(arguments: [0, 1]) func `are refused where there are too few`(count: Int) {
    #expect(throws: GoodImagesError.tooFew(count)) {
      try GoodImages(images(count), heldOut: 0.1, seed: 1)
    }
  }

  @Test func `are decoded once where they fit the memory`() throws {
    let counter = Counter()
    let images = ImageCollection(count: 4) { number in
      counter.increment()
      return Image(height: 1, width: 1, pixels: [Float(number), 0, 0])
    }
    let kept = try images.keptInMemory(upTo: 4 * 12)
    for _ in 0..<3 { #expect(try numbers(kept) == [0, 1, 2, 3]) }
    #expect(counter.value == 4)
    let unkept = try images.keptInMemory(upTo: 4 * 12 - 1)
    for _ in 0..<3 { _ = try numbers(unkept) }
    #expect(counter.value == 4 + 1 + 12)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)
  func increment() { count.withLock { $0 += 1 } }
  var value: Int { count.withLock { $0 } }
}
