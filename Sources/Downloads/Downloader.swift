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

  private let limits: Limits
  private let store: ObjectStore
  private let certificates: String?
  private let idle = IdleConnections()

  /// One for the addresses that are there.
  ///
  /// - Parameters:
  ///   - limits: Its bounds.
  ///   - environment: Who asks objects of S3 of whom (see ``ObjectStore``), and the file of certificates,
  ///     `AWS_CA_BUNDLE` or `SSL_CERT_FILE`. libcurl itself reads `https_proxy` and its like.
  /// - Throws: ``DownloadError/environment(_:_:)``.
  public init(_ limits: Limits = Limits(), environment: [String: String]) throws {
    self.limits = limits
    store = try ObjectStore(environment)
    certificates = environment["AWS_CA_BUNDLE"] ?? environment["SSL_CERT_FILE"]
  }

  /// One for images of which some lie at addresses; nil where all are files.
  ///
  /// - Parameters:
  ///   - locations: Paths and addresses.
  ///   - limits: Its bounds.
  ///   - environment: As for ``init(_:environment:)``, but not read where it is not needed.
  /// - Returns: One, or nil.
  /// - Throws: ``DownloadError/environment(_:_:)``.
  public static func needed(
    for locations: [String], _ limits: Limits = Limits(), environment: [String: String]
  ) throws -> Downloader? {
    try locations.contains(where: ImageAddress.isAddress)
      ? Downloader(limits, environment: environment) : nil
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
    for number in 1... {
      let left = (end - .now) / .seconds(1)
      let transfer = transfer(
        address, limit: limit, seconds: max(0.001, left), connects: number > 1)
      guard goesOn() else { throw CancellationError() }
      let answered = idle.lend { transfer.run(on: $0, mayTake: mayTake, while: goesOn) }
      guard let (answer, bytes) = answered else {
        throw DownloadError.broken(address.name, "no memory")
      }
      guard let error = error(of: answer, address, limit, isLate: .now + .seconds(0.1) >= end)
      else {
        return bytes
      }
      guard isTemporary(answer), number < limits.tries else { throw error }
      let wait = Self.wait(after: number, asked: Double(answer.retry_after), limits.longestWait)
      guard .now + .seconds(wait) < end else {
        throw error
      }
      try sleep(wait, while: goesOn)
    }
    throw CancellationError()
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

  private func transfer(
    _ address: ImageAddress, limit: Int, seconds: Double, connects: Bool
  ) -> Transfer {
    let (url, redirects, signing): (String, Int, (ObjectStore.Credentials, region: String)?) =
      switch address.target {
      case .web(let url): (url, 5, nil)
      case .object(let bucket, let key):
        (
          store.address(bucket: bucket, key: key), 0, store.credentials.map { ($0, store.region) }
        )
      }
    return Transfer(
      url: url, redirects: redirects, signing: signing, certificates: certificates, limit: limit,
      connectSeconds: min(limits.connectSeconds, seconds),
      stallSeconds: max(1, limits.stallSeconds.rounded(.up)), seconds: seconds,
      connects: connects)
  }

  // MARK: - What is answered

  private func isTemporary(_ answer: CTAnswer) -> Bool {
    switch answer.outcome {
    case CTBroken, CTTooSlow: true
    case CTAnswered, CTTooLong: [408, 429, 500, 502, 503, 504].contains(answer.status)
    default: false
    }
  }

  private func error(
    of answer: CTAnswer, _ address: ImageAddress, _ limit: Int, isLate: Bool
  ) -> (any Error)? {
    let name = address.name
    switch answer.outcome {
    // An answer without what was asked for is told by its status, however long it is.
    case CTAnswered, CTTooLong:
      return statusError(of: answer, address)
        ?? (answer.outcome == CTTooLong ? DownloadError.tooManyBytes(name, limit: limit) : nil)
    case CTEnded: return CancellationError()
    case CTTooSlow where isLate: return DownloadError.tooSlow(name, seconds: limits.seconds)
    case CTTooSlow where answer.connected == 0:
      return DownloadError.broken(name, "no connection in \(Int(limits.connectSeconds)) s")
    case CTTooSlow:
      return DownloadError.broken(
        name, "less than 1 kB a second for \(Int(limits.stallSeconds)) s")
    case CTUntrusted: return DownloadError.untrusted(name)
    case CTAstray: return DownloadError.astray(name)
    case CTMalformed: return DownloadError.malformed(name, "not an address")
    default: return DownloadError.broken(name, String(cString: answer.reason))
    }
  }

  private func statusError(of answer: CTAnswer, _ address: ImageAddress) -> DownloadError? {
    // A part was not asked for.
    guard !(200..<300).contains(answer.status) || answer.status == 206 else { return nil }
    let name = address.name
    guard case .object = address.target else {
      return switch answer.status {
      case 404, 410: .notFound(name, "\(answer.status)")
      case 401, 403: .denied(name, "\(answer.status)", isSigned: nil)
      default: .refused(name, "\(answer.status)")
      }
    }
    let status = (["\(answer.status)"] + [code(of: answer)].compactMap(\.self)).joined(
      separator: " ")
    let region = text(answer.region)
    if !region.isEmpty, region != store.region, [301, 307, 400].contains(answer.status) {
      return .otherRegion(name, region)
    }
    return switch answer.status {
    case 404, 410: .notFound(name, status)
    case 401, 403: .denied(name, status, isSigned: store.credentials != nil)
    default: .refused(name, status)
    }
  }

  /// What S3 calls an error, such as `NoSuchKey`; nil where it does not say it.
  private func code(of answer: CTAnswer) -> String? {
    guard let code = text(answer.details).firstMatch(of: /<Code>([A-Za-z]{1,64})<\/Code>/) else {
      return nil
    }
    return String(code.1)
  }

  /// The text of an array of C.
  private func text<Letters>(_ letters: Letters) -> String {
    withUnsafeBytes(of: letters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
