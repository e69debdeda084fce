import Datasets
import Files
import Images
import Randomness
public import Tensors

/// Crops to learn from, batch by batch.
///
/// A batch is a function of the seed and its number alone, so that a training resumes by its step.
public struct CropBatches: Sendable {
  /// The side of a crop.
  public let side: Int
  /// What the crops depend on, as text; a training that goes on must find the same.
  public let settings: String
  private let batches: MadeAhead<Tensor>

  /// Crops, 3 × side × side, that `crop` gives by their number from 0 up to `count`.
  ///
  /// - Parameters:
  ///   - count: How many there are.
  ///   - side: The side of each.
  ///   - batch: How many make a batch, drawn again for each.
  ///   - seed: Of the draws.
  ///   - settings: What else the crops depend on, as text.
  ///   - crops: Gives crops N × 3 × side × side by their numbers, on any thread.
  public init(
    count: Int, side: Int, batch: Int, seed: UInt64, settings: String = "",
    _ crops: @escaping @Sendable ([Int]) throws -> Tensor
  ) {
    self.side = side
    self.settings = "\(count) crops of \(side) \(settings)"
    batches = MadeAhead { number in
      var random = SeededGenerator(seed: seed, for: .cropBatch, number)
      return try crops((0..<batch).map { _ in Int.random(in: 0..<count, using: &random) })
    }
  }

  /// Random views of images that were zoomed to the size that crops are cut from.
  init(
    of images: ImageCollection, _ augmentation: Augmentation, count: Int, side: Int, batch: Int,
    seed: UInt64
  ) throws {
    self.init(
      count: count, side: side, batch: batch, seed: seed,
      settings: "\(try augmentation.json()) images \(images.count)"
    ) { numbers in
      try Tensor.concatenating(
        numbers.map { number in
          // The crop of a number is always the same one.
          var random = SeededGenerator(seed: seed, for: .crop, number)
          let image = try images.image(Int.random(in: 0..<images.count, using: &random))
          return try augmentation.crop(of: image, side: side, &random).tensor()
        })
    }
  }

  /// A batch, N × 3 × side × side, RGB in 0…1, on the processor.
  public func batch(_ number: Int) async throws -> Tensor {
    try await batches.item(number)
  }
}
