import CTransfer
public import Foundation

/// Gets images from their addresses: tries again what may go well later, within bounds of size and time.
///
/// Connections are kept and used again. It may be used from any thread.
public final class Downloader: Sendable {
  /// Bounds of a download.
  public struct Limits: Sendable, Equatable {
    /// How many seconds an image may take, all tries together.
    public var seconds = 300.0
    /// How many seconds a connection may take.
    public var connectSeconds = 10.0
    /// How many seconds fewer than 1,000 bytes a second may come.
    public var stallSeconds = 20.0
    /// How often an image is asked for at most.
    public var tries = 5
    /// How many seconds at most are waited before the next try, whatever the server asks for.
    public var longestWait = 60.0

    /// The usual ones.
    public init() {}
  }

  let limits: Limits
  /// The store of objects, or why there is none; those who have no objects need none.
  private let objects: Result<ObjectStore, any Error>
  let certificates: CertificateFile?
  private let idle = IdleConnections()
  private let unreachable = UnreachableServers()
  /// What is downloaded ahead.
  let pool = DownloadPool()

  /// One for the addresses that are there.
  ///
  /// - Parameters:
  ///   - limits: Its bounds.
  ///   - environment: Who asks objects of S3 of whom (see ``ObjectStore``), and the file of certificates,
  ///     `AWS_CA_BUNDLE` or `SSL_CERT_FILE`. libcurl itself reads `https_proxy` and its like.
  /// - Throws: ``DownloadError/environment(_:_:)`` where the file of certificates cannot be read. What is wrong
  ///   with the store is told when an object is asked for.
  public init(_ limits: Limits = Limits(), environment: [String: String]) throws {
    self.limits = limits
    objects = Result { try ObjectStore(environment) }
    certificates = try CertificateFile(environment)
  }

  /// One for images of which some lie at addresses; nil where all are files.
  ///
  /// - Parameters:
  ///   - locations: Paths and addresses.
  ///   - limits: Its bounds.
  ///   - environment: As for ``init(_:environment:)``; what is not needed is not read.
  /// - Returns: One, or nil.
  /// - Throws: ``DownloadError/environment(_:_:)``, also of the store where there are objects.
  public static func needed(
    for locations: [String], _ limits: Limits = Limits(), environment: [String: String]
  ) throws -> Downloader? {
    guard locations.contains(where: ImageAddress.isAddress) else { return nil }
    let downloader = try Downloader(limits, environment: environment)
    if locations.contains(where: ImageAddress.isObject) { _ = try downloader.objects.get() }
    return downloader
  }

  /// The bytes of an image.
  ///
  /// - Parameters:
  ///   - address: Where it is.
  ///   - limit: The most bytes.
  /// - Returns: All of them.
  /// - Throws: ``DownloadError``, and `CancellationError` where the task is cancelled meanwhile.
  public func bytes(of address: ImageAddress, limit: Int) throws -> Data {
    try bytes(of: address, limit: limit, mayTake: { _ in true }, while: { !Task.isCancelled })
  }

  /// The bytes of an image, while both functions say yes; see ``Transfer``.
  func bytes(
    of address: ImageAddress, limit: Int, mayTake: @escaping (Int) -> Bool,
    while goesOn: @escaping () -> Bool
  ) throws -> Data {
    let end = ContinuousClock.now + .seconds(limits.seconds)
    let request = try request(address)
    let server = UnreachableServers.server(of: request.url)
    var hasConnected = false
    for number in 1... {
      guard goesOn() else { throw CancellationError() }
      let left = max(0.001, (end - .now) / .seconds(1))
      let transfer = transfer(request, limit: limit, seconds: left, connects: number > 1)
      let failure: Failure
      switch try attempt(transfer, address, until: end, mayTake: mayTake, while: goesOn) {
      case .success(let bytes):
        unreachable.remove(server)
        return bytes
      case .failure(let found): failure = found
      }
      hasConnected = hasConnected || failure.hasConnected
      if failure.hasConnected { unreachable.remove(server) }
      let isGivenUp = !hasConnected && unreachable.contains(server)
      let wait = Self.wait(after: number, asked: failure.retryAfter, limits.longestWait)
      let isLast = number >= limits.tries || .now + .seconds(wait) >= end
      guard failure.isTemporary, !isLast, !isGivenUp else {
        if failure.isTemporary, !hasConnected { unreachable.insert(server) }
        throw failure.error
      }
      // What has come of this try is there no more.
      _ = mayTake(0)
      try sleep(wait, while: goesOn)
    }
    throw CancellationError()
  }

  /// Why a try brought nothing.
  private struct Failure: Error {
    let error: any Error
    let isTemporary: Bool
    let retryAfter: Double
    /// Whether there was a connection to any server.
    let hasConnected: Bool
  }

  private func attempt(
    _ transfer: Transfer, _ address: ImageAddress, until end: ContinuousClock.Instant,
    mayTake: @escaping (Int) -> Bool, while goesOn: @escaping () -> Bool
  ) throws -> Result<Data, Failure> {
    let answered = idle.lend { transfer.run(on: $0, mayTake: mayTake, while: goesOn) } ?? nil
    guard let (answer, bytes) = answered else {
      throw DownloadError.broken(address.name, "no memory")
    }
    let isLate = .now + .seconds(0.1) >= end
    guard let error = error(of: answer, address, transfer.limit, isLate: isLate) else {
      return .success(bytes)
    }
    return .failure(
      Failure(
        error: error, isTemporary: isTemporary(answer), retryAfter: Double(answer.retry_after),
        hasConnected: answer.has_connected != 0))
  }

  /// How many seconds to wait after a try: about half a second, and twice as long after each.
  ///
  /// Many workers that one overload has turned away do not come back together: chance shortens or lengthens it by
  /// half. No result depends on it.
  static func wait(after number: Int, asked: Double, _ longest: Double) -> Double {
    let usual = 0.5 * pow(2, Double(number - 1)) * Double.random(in: 0.5...1.5)
    return min(max(usual, asked), longest)
  }

  private func sleep(_ seconds: Double, while goesOn: () -> Bool) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while .now < end {
      guard goesOn() else { throw CancellationError() }
      Thread.sleep(forTimeInterval: min(0.1, max(0, (end - .now) / .seconds(1))))
    }
  }

  /// What is asked for an address.
  private struct Request {
    let url: String
    let redirects: Int
    let signing: (ObjectStore.Credentials, region: String)?
  }

  private func request(_ address: ImageAddress) throws -> Request {
    switch address.target {
    case .web(let url): return Request(url: url, redirects: 5, signing: nil)
    case .object(let bucket, let key):
      let store = try objects.get()
      return Request(
        url: store.address(bucket: bucket, key: key), redirects: 0,
        signing: store.credentials.map { ($0, store.region) })
    }
  }

  private func transfer(
    _ request: Request, limit: Int, seconds: Double, connects: Bool
  ) -> Transfer {
    Transfer(
      url: request.url, redirects: request.redirects, signing: request.signing,
      certificates: certificates?.path, limit: limit,
      connectSeconds: min(limits.connectSeconds, seconds),
      stallSeconds: max(1, limits.stallSeconds.rounded(.up)), seconds: seconds,
      connects: connects)
  }

  /// The store of objects; nil where it cannot be used.
  var store: ObjectStore? { try? objects.get() }
}
