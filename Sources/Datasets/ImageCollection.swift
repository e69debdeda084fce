import Files
package import Foundation
public import Images
import Randomness
import Synchronization

/// Images that are decoded when they are asked for.
public struct ImageCollection: Sendable {
  private let sources: [ImageSource]

  /// Images of anywhere.
  public init(_ sources: [ImageSource]) { self.sources = sources }

  /// Images that `load` gives by their number from 0.
  ///
  /// - Parameters:
  ///   - count: How many there are.
  ///   - name: What people call an image, such as its file's name.
  ///   - content: Tells what an image holds from what others hold, as text; nil for a digest of its
  ///     pixels.
  ///   - load: Decodes an image.
  public init(
    count: Int, name: (Int) -> String = { "image \($0 + 1)" },
    content: (@Sendable (Int) throws -> String)? = nil,
    load: @escaping @Sendable (Int) throws -> Image
  ) {
    self.init(
      (0..<count).map { number in
        ImageSource(name: name(number), content: content.map { tell in { try tell(number) } }) {
          try load(number)
        }
      })
  }

  /// Images in memory.
  public init(_ images: [Image]) {
    self.init(count: images.count) { images[$0] }
  }

  /// The images of files.
  public init(
    paths: [String], maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init()
  ) {
    self.init(
      paths.map { ImageSource(contentsOf: $0, maxPixels: maxPixels, reading: reading) })
  }

  /// The images of a folder.
  public init(
    _ folder: ImageFolder, maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init()
  ) {
    self.init(paths: folder.paths, maxPixels: maxPixels, reading: reading)
  }

  /// How many there are.
  public var count: Int { sources.count }

  /// Whether decoding one may wait for a network.
  package var wait: Bool { sources.contains(where: \.waits) }

  /// Decodes one image.
  public func image(_ number: Int) throws -> Image { try sources[number].image() }

  /// The bytes of an image's file: see ``ImageSource/fileBytes(upTo:)``.
  package func fileBytes(_ number: Int, upTo limit: Int) throws -> Data? {
    try sources[number].fileBytes(upTo: limit)
  }

  /// What people call an image.
  public func name(_ number: Int) -> String { sources[number].name }

  /// What tells the images and their order from all others: SHA-256 over what each holds.
  public func digest() throws -> String {
    try Digest.digits(of: sources.map { try $0.content() })
  }

  /// What tells each image from others, as sixteen hexadecimal digits: an excerpt of SHA-256 over what it
  /// holds.
  package func marks() throws -> [String] {
    try sources.map { String(Digest.digits(of: [try $0.content()]).prefix(16)) }
  }

  /// The names of images that hold the same as one before them.
  public func copies() throws -> [String] {
    var known: Set<String> = []
    return try marks().enumerated().filter { !known.insert($1).inserted }.map { name($0.offset) }
  }

  /// The images of the given numbers, in that order.
  public func selecting(_ numbers: [Int]) -> ImageCollection {
    ImageCollection(numbers.map { sources[$0] })
  }

  /// The same images, each changed when it is asked for.
  public func map(_ transform: @escaping @Sendable (Image) throws -> Image) -> ImageCollection {
    ImageCollection(sources.map { $0.map(transform) })
  }

  /// The same with the name of each, for errors that name it.
  package func mapNamed(
    _ transform: @escaping @Sendable (Image, String) throws -> Image
  ) -> ImageCollection {
    ImageCollection(
      sources.map { source in source.map { try transform($0, source.name) } })
  }

  /// The images as squares of a side.
  public func resized(to side: Int) -> ImageCollection {
    map { try $0.resized(height: side, width: side) }
  }

  /// The same images, kept in memory once they are decoded, while all together need no more than
  /// `bytes`.
  ///
  /// How many there is room for is judged by the first one; 2 GiB by default.
  public func keptInMemory(upTo bytes: Int = 2 << 30) throws -> ImageCollection {
    guard count > 0 else { return self }
    let first = try image(0)
    guard first.pixels.count * MemoryLayout<Float>.size <= bytes / count else { return self }
    let memory = ImageMemory(first)
    return ImageCollection(
      sources.enumerated().map { number, source in
        source.replacing {
          if let image = memory.image(number) { return image }
          let image = try source.image()
          memory.keep(image, number)
          return image
        }
      })
  }

  /// A random part of the images, all of them where there are no more.
  package func sample(of most: Int, seed: UInt64) -> ImageCollection {
    guard count > most else { return self }
    return selecting(
      SeededGenerator.order(of: count, seed: seed, for: .measuredImages).prefix(most).sorted())
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
