public import Downloads
import Foundation
public import Images

extension ImageCollection {
  /// The images of files and of addresses, in the order given; those of addresses are downloaded ahead where they
  /// are asked for in that order.
  ///
  /// - Parameters:
  ///   - locations: Paths, and addresses such as `s3://bucket/key`.
  ///   - maxPixels: The most pixels that an image may promise; it bounds how many bytes are downloaded, too.
  ///   - reading: How numbers become colours.
  ///   - pipes: The paths that may be pipes, which are read once.
  ///   - limits: What an image at an address may take.
  ///   - environment: Who asks whom for objects of S3; see ``Downloader``.
  /// - Throws: ``DownloadError/environment(_:_:)`` where there are addresses, and it cannot be used. What is wrong
  ///   with one address is told when its image is asked for.
  public init(
    locations: [String], maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init(),
    pipes: Set<String> = [], limits: Downloader.Limits = .init(), environment: [String: String]
  ) throws {
    let isAddress = ImageAddress.isAddress
    let downloads = try Downloader.needed(for: locations, limits, environment: environment).map {
      DownloadsAhead($0, limit: Image.byteLimit(maxPixels), count: locations.count) {
        isAddress(locations[$0]) ? try ImageAddress(locations[$0]) : nil
      }
    }
    self.init(
      locations.enumerated().map { number, location in
        guard let downloads, isAddress(location) else {
          return ImageSource(
            contentsOf: location, maxPixels: maxPixels, reading: reading,
            takesPipes: pipes.contains(location))
        }
        let name = ImageAddress.name(of: location)
        return ImageSource(name: name, maxPixels: maxPixels, reading: reading, waits: true) {
          do { return try downloads.bytes(number) } catch DownloadError.tooManyBytes(_, let limit) {
            throw ImageFileError.tooManyBytes(name, limit: limit)
          }
        }
      })
  }
}
