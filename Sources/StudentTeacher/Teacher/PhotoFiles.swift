import Datasets
import Downloads
import Files
import Foundation
import Images

/// Photographs by number, wherever they lie.
struct PhotoFiles: Sendable {
  /// Paths and addresses.
  let locations: [String]
  /// What gets those at addresses; nil where there are none.
  let downloader: Downloader?

  private static let byteLimit = Image.byteLimit(Image.defaultPixelLimit)

  /// Parts of a photo, from what is downloaded ahead where that has it; see ``Image/parts(of:zoomedTo:side:at:maxPixels:)``.
  func parts(
    of number: Int, _ ahead: Ahead, zoomedTo zoom: Int, side: Int, at places: [Image.Place]
  ) throws -> [Image] {
    let location = locations[number]
    guard let downloader, ImageAddress.isAddress(location) else {
      return try Image.parts(of: location, zoomedTo: zoom, side: side, at: places)
    }
    let name = ImageAddress.name(of: location)
    do {
      let bytes =
        try ahead.bytes(number)
        ?? downloader.bytes(of: ImageAddress(location), limit: Self.byteLimit)
      return try Image.parts(of: bytes, named: name, zoomedTo: zoom, side: side, at: places)
    } catch DownloadError.tooManyBytes(_, let limit) {
      throw ImageFileError.tooManyBytes(name, limit: limit)
    }
  }

  /// Reads all addresses: a training does not end because of one that it draws after a day.
  ///
  /// - Throws: ``DownloadError/malformed(_:_:)`` of the first that cannot be read.
  func checkAddresses() throws {
    for location in locations where ImageAddress.isAddress(location) {
      _ = try ImageAddress(location)
    }
  }

  /// What people call a photo.
  func name(_ number: Int) -> String { ImageAddress.name(of: locations[number]) }

  /// What tells the photos from others: of files their bytes, of addresses the addresses.
  func digest() throws -> String {
    try Digest.digits(
      of: locations.map { location in
        ImageAddress.isAddress(location)
          ? ImageAddress.identity(of: location)
          : try Digest.digits(ofFile: location) ?? "none"
      })
  }

  /// Photos that will be asked for in an order, downloaded several at a time.
  ///
  /// - Parameter numbers: Which ones, in their order; a number may be there twice.
  /// - Returns: What has them as they come.
  func ahead(_ numbers: [Int]) -> Ahead {
    let isNeeded = numbers.contains { ImageAddress.isAddress(locations[$0]) }
    guard let downloader, isNeeded else { return Ahead(numbers: [], downloads: nil) }
    return Ahead(
      numbers: numbers,
      downloads: DownloadsAhead(downloader, limit: Self.byteLimit, count: numbers.count) {
        let location = locations[numbers[$0]]
        return ImageAddress.isAddress(location) ? try ImageAddress(location) : nil
      })
  }

  /// Photos that are downloaded ahead; each is given once.
  struct Ahead {
    let numbers: [Int]
    let downloads: DownloadsAhead?
    /// Which is asked for next.
    var place = 0

    /// The bytes of a photo at an address; nil where another was to be the next.
    func bytes(_ number: Int) throws -> Data? {
      guard let downloads, place < numbers.count, numbers[place] == number else { return nil }
      return try downloads.bytes(place)
    }
  }
}
