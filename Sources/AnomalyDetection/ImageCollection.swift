import Files
public import Images
import Randomness
import Synchronization

/// Images that are decoded when they are asked for.
public struct ImageCollection: Sendable {
  /// How many there are.
  public let count: Int
  private let named: @Sendable (Int) -> String
  private let content: @Sendable (Int) throws -> String
  private let load: @Sendable (Int) throws -> Image

  /// Images that `load` gives by their number from 0.
  ///
  /// - Parameters:
  ///   - count: How many there are.
  ///   - name: What people call an image, such as its file's name.
  ///   - content: Tells what an image holds from what others hold, as text; nil for a digest of its
  ///     pixels.
  ///   - load: Decodes an image.
  public init(
    count: Int, name: @escaping @Sendable (Int) -> String = { "image \($0 + 1)" },
    content: (@Sendable (Int) throws -> String)? = nil,
    load: @escaping @Sendable (Int) throws -> Image
  ) {
    self.count = count
    self.named = name
    self.content = content ?? { try load($0).digest() }
    self.load = load
  }

  /// Images in memory.
  public init(_ images: [Image]) {
    self.init(count: images.count) { images[$0] }
  }

  /// Decodes one image.
  public func image(_ number: Int) throws -> Image {
    try load(number)
  }

  /// What people call an image.
  public func name(_ number: Int) -> String { named(number) }

  /// What tells the images and their order from all others: SHA-256 over what each holds.
  ///
  /// Of files their bytes are read, not decoded; images that were resized are known by the files
  /// that they come from.
  public func digest() throws -> String {
    try Digest.digits(of: (0..<count).map(content))
  }

  /// What tells each image from others, as sixteen hexadecimal digits: an excerpt of SHA-256 over what it
  /// holds.
  func marks() throws -> [String] {
    try (0..<count).map { String(Digest.digits(of: [try content($0)]).prefix(16)) }
  }

  /// The names of images that hold the same as one before them.
  public func copies() throws -> [String] {
    var known: Set<String> = []
    return try marks().enumerated().filter { !known.insert($1).inserted }.map { name($0.offset) }
  }

  /// The images of the given numbers, in that order.
  public func selecting(_ numbers: [Int]) -> ImageCollection {
    ImageCollection(
      count: numbers.count, name: { named(numbers[$0]) }, content: { try content(numbers[$0]) },
      load: { try load(numbers[$0]) })
  }

  /// The same images, each changed when it is asked for.
  public func map(_ transform: @escaping @Sendable (Image) throws -> Image) -> ImageCollection {
    ImageCollection(count: count, name: named, content: content) { try transform(load($0)) }
  }

  /// The images as squares of a side.
  public func resized(to side: Int) -> ImageCollection {
    map { try $0.resized(height: side, width: side) }
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
    return ImageCollection(count: count, name: named, content: content) { number in
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

/// Decoded images by number, for any thread.
private final class ImageMemory: Sendable {
  private let images: Mutex<[Int: Image]>

  init(_ first: Image) {
    images = Mutex([0: first])
  }

  func image(_ number: Int) -> Image? { images.withLock { $0[number] } }

  func keep(_ image: Image, _ number: Int) { images.withLock { $0[number] = image } }
}

extension ImageCollection {
  /// The images but for some.
  ///
  /// - Parameter names: The images left out, by their names or by the last parts of these.
  /// - Returns: The others.
  /// - Throws: ``CalibrationError`` where there is no such image, or none is left.
  public func leavingOut(_ names: [String]) throws -> ImageCollection {
    guard !names.isEmpty else { return self }
    return selecting(
      try Calibration.numbers(of: (0..<count).map(name), leavingOut: names))
  }

  /// A random part of the images, all of them where there are no more.
  package func sample(of most: Int, seed: UInt64) -> ImageCollection {
    guard count > most else { return self }
    return selecting(
      SeededGenerator.order(of: count, seed: seed, stream: 13).prefix(most).sorted())
  }
}
