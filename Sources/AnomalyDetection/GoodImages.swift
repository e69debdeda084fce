import Files
public import Images
import Randomness
import Synchronization

/// Images of good parts: some to learn from, some kept aside.
public struct GoodImages: Sendable {
  /// What a method learns from.
  public let training: ImageCollection
  /// What scores are normalised with and decisions calibrated on; never trained on.
  public let validation: ImageCollection

  /// Images that were split before.
  public init(training: ImageCollection, validation: ImageCollection) {
    self.training = training
    self.validation = validation
  }

  /// Keeps a random share of the images aside, at least one.
  ///
  /// - Throws: ``GoodImagesError`` where there are fewer than two images.
  public init(_ images: ImageCollection, validation share: Double, seed: UInt64) throws {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    var random = SeededGenerator(seed: seed)
    let order = Array(0..<images.count).shuffled(using: &random)
    let wanted = Int((share * Double(images.count)).rounded())
    let kept = min(max(1, wanted), images.count - 1)
    validation = images.selecting(order.prefix(kept).sorted())
    training = images.selecting(order.dropFirst(kept).sorted())
  }
}

/// Images that are decoded when they are asked for.
public struct ImageCollection: Sendable {
  /// How many there are.
  public let count: Int
  private let load: @Sendable (Int) throws -> Image
  private let content: @Sendable (Int) throws -> String

  /// Images that `load` gives by their number from 0.
  ///
  /// - Parameters:
  ///   - count: How many there are.
  ///   - content: Tells what an image holds from what others hold, as text; nil for a digest of its
  ///     pixels.
  ///   - load: Decodes an image.
  public init(
    count: Int, content: (@Sendable (Int) throws -> String)? = nil,
    load: @escaping @Sendable (Int) throws -> Image
  ) {
    self.count = count
    self.load = load
    self.content = content ?? { try load($0).digest() }
  }

  /// What tells the images and their order from all others: SHA-256 over what each holds.
  ///
  /// Of files their bytes are read, not decoded; images that were resized are known by the files
  /// that they come from.
  public func digest() throws -> String {
    try Digest.digits(of: (0..<count).map(content))
  }

  /// Images in memory.
  public init(_ images: [Image]) {
    self.init(count: images.count) { images[$0] }
  }

  /// Decodes one image.
  public func image(_ number: Int) throws -> Image {
    try load(number)
  }

  /// The images of the given numbers, in that order.
  public func selecting(_ numbers: [Int]) -> ImageCollection {
    ImageCollection(count: numbers.count, content: { try content(numbers[$0]) }) {
      try load(numbers[$0])
    }
  }

  /// The same images, kept in memory once they are decoded, while all together need no more than
  /// `bytes`.
  ///
  /// How many there is room for is judged by the first one.
  public func keptInMemory(upTo bytes: Int) throws -> ImageCollection {
    guard count > 0 else { return self }
    let first = try image(0)
    guard first.pixels.count * MemoryLayout<Float>.size <= bytes / count else { return self }
    let memory = ImageMemory(first)
    return ImageCollection(count: count, content: content) { number in
      if let image = memory.image(number) { return image }
      let image = try load(number)
      memory.keep(image, number)
      return image
    }
  }
}

extension Image {
  /// SHA-256 over size and pixels.
  fileprivate func digest() -> String {
    let digest = Digest()
    digest.add("\(height) \(width)")
    pixels.withUnsafeBytes { digest.add($0) }
    return digest.digits()
  }
}

extension ImageCollection {
  /// The same images, each changed when it is asked for.
  func changed(_ change: @escaping @Sendable (Image) throws -> Image) -> ImageCollection {
    ImageCollection(count: count, content: content) { try change(load($0)) }
  }
}

/// Decoded images by number, for any thread.
private final class ImageMemory: Sendable {
  private let images: Mutex<[Int: Image]>

  init(_ first: Image) {
    images = Mutex([0: first])
  }

  func image(_ number: Int) -> Image? { images.withLock { $0[number] } }

  func keep(_ image: Image, _ number: Int) { images.withLock { $0[number] = image } }
}

/// Why images cannot be learnt from.
public enum GoodImagesError: Error, CustomStringConvertible, Equatable {
  /// One image or none.
  case tooFew(Int)
  /// Not the images that a model was trained on.
  case others(Int, than: Int)
  /// As many images as a model was trained on, but not the same.
  case otherContent

  /// One line for the user.
  public var description: String {
    switch self {
    case .tooFew(let count):
      "\(count) good image\(count == 1 ? "" : "s") to learn from; give at least 2, better 20"
    case .otherContent:
      "not the images that the model was trained on, or changed since; without --kept-aside they are "
        + "taken as new ones"
    case .others(let count, let expected):
      "the model was trained with \(expected) images, of which some were kept aside; here: \(count)"
    }
  }
}
