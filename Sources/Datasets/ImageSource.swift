import Files
public import Foundation
public import Images
import Synchronization

/// An image that is decoded when it is asked for, under the name that people know it by.
public struct ImageSource: Sendable {
  /// What people call it, such as its file.
  public let name: String
  /// Whether it may wait for a network.
  let waits: Bool
  private let known: Content
  private let load: @Sendable () throws -> Image
  private let file: @Sendable (_ limit: Int) throws -> Data?

  /// An image that `load` gives.
  ///
  /// - Parameters:
  ///   - name: What people call it.
  ///   - content: Tells what it holds from what others hold, as text; nil for a digest of its pixels.
  ///   - load: Decodes it.
  public init(
    name: String, content: (@Sendable () throws -> String)? = nil,
    load: @escaping @Sendable () throws -> Image
  ) {
    self.init(name: name, Content(content ?? { try load().digest() }), load: load)
  }

  private init(
    name: String, _ known: Content, waits: Bool = false,
    load: @escaping @Sendable () throws -> Image,
    file: @escaping @Sendable (Int) throws -> Data? = { _ in nil }
  ) {
    self.name = name
    self.waits = waits
    self.known = known
    self.load = load
    self.file = file
  }

  /// The image of a file.
  ///
  /// - Parameters:
  ///   - path: The file; `-` is standard input.
  ///   - name: What people call it; nil for the path.
  ///   - maxPixels: The most pixels that it may promise.
  ///   - reading: How numbers become colours.
  ///   - takesPipes: Whether it may be a pipe, which is read once.
  public init(
    contentsOf path: String, named name: String? = nil,
    maxPixels: Int = Image.defaultPixelLimit,
    reading: ImageReading = .init(), takesPipes: Bool = false
  ) {
    let known = Content {
      guard let digits = try Digest.digits(ofFile: path) else {
        throw ImageFileError.unreadable(path)
      }
      return "\(digits) \(try reading.json())"
    }
    self.init(
      name: name ?? path, known,
      load: {
        try Image(
          contentsOf: path, maxPixels: maxPixels, reading: reading, takesPipes: takesPipes)
      },
      file: { limit in
        guard let size = try FileStatus(path)?.size, size <= limit else { return nil }
        return try contents(ofFile: path, limit: limit)
      })
  }

  /// The image of a file's bytes in memory, such as those that were sent.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - name: What to call it.
  ///   - maxPixels: The most pixels that it may promise.
  ///   - reading: How numbers become colours.
  public init(
    bytes: Data, name: String, maxPixels: Int = Image.defaultPixelLimit,
    reading: ImageReading = .init()
  ) {
    self.init(name: name, maxPixels: maxPixels, reading: reading) { bytes }
  }

  /// The image of a file's bytes that are given, or waited for, when it is asked for.
  init(
    name: String, maxPixels: Int, reading: ImageReading, waits: Bool = false,
    bytes: @escaping @Sendable () throws -> Data
  ) {
    self.init(
      name: name, Content { "\(Digest.digits(of: try bytes())) \(try reading.json())" },
      waits: waits,
      load: { try Image(bytes: bytes(), name: name, maxPixels: maxPixels, reading: reading) },
      file: { limit in
        let bytes = try bytes()
        return bytes.count <= limit ? bytes : nil
      })
  }

  /// Decodes the image.
  public func image() throws -> Image { try load() }

  /// The bytes of the file that the image is decoded from; nil where there is none, where the image was
  /// changed since, or the file has more than `limit`.
  package func fileBytes(upTo limit: Int) throws -> Data? { try file(limit) }

  /// What tells the image from others by what it holds, read once.
  ///
  /// Of files their bytes are read, not decoded; images that were changed are known by the files that
  /// they come from.
  public func content() throws -> String { try known.text() }

  /// The same image, changed when it is asked for.
  public func map(_ transform: @escaping @Sendable (Image) throws -> Image) -> ImageSource {
    ImageSource(name: name, known, waits: waits) { [load] in try transform(load()) }
  }

  /// The same image, given in another way.
  func replacing(_ load: @escaping @Sendable () throws -> Image) -> ImageSource {
    ImageSource(name: name, known, waits: waits, load: load)
  }

  /// What an image holds, for any thread.
  private final class Content: Sendable {
    private let tell: @Sendable () throws -> String
    private let told = Mutex<String?>(nil)

    init(_ tell: @escaping @Sendable () throws -> String) { self.tell = tell }

    func text() throws -> String {
      try told.withLock { told in
        let text = try told ?? tell()
        told = text
        return text
      }
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
