public import Foundation

/// Images that are asked for one after the other, downloaded before that, several at the same time.
///
/// Then the time that an answer takes is waited for once, and not for each image. What is held ahead is bounded, in
/// images and in bytes, the bytes for all of a ``Downloader`` together; what does not fit is downloaded when it is
/// asked for.
public final class DownloadsAhead: Sendable {
  /// How many are downloaded before they are asked for.
  public static let ahead = 32

  private let pool: DownloadPool
  private let queue: DownloadPool.Queue

  /// Downloads by number, from 0.
  ///
  /// - Parameters:
  ///   - downloader: What downloads.
  ///   - limit: The most bytes of an image.
  ///   - count: How many images there are, with those that are not downloaded.
  ///   - address: Where an image is; nil for one that is not downloaded. One that cannot be read is passed over
  ///     until it is asked for.
  public init(
    _ downloader: Downloader, limit: Int, count: Int,
    address: @escaping @Sendable (Int) throws -> ImageAddress?
  ) {
    pool = downloader.pool
    queue = DownloadPool.Queue(
      count: count, addressOf: address,
      download: { try downloader.bytes(of: $0, limit: limit, mayTake: $1, while: $2) })
    pool.begin(queue)
  }

  deinit { pool.end(queue) }

  /// The bytes of an image; those of the next ones begin to come.
  ///
  /// - Parameter number: One that has an address; any, but they come sooner in their order.
  /// - Returns: All bytes.
  /// - Throws: ``DownloadError``, and `CancellationError` where the task is cancelled meanwhile.
  public func bytes(_ number: Int) throws -> Data { try pool.bytes(number, of: queue) }
}
