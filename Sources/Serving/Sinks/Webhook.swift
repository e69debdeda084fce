import Files
public import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// An address that inspections are sent to by POST, as JSON.
///
/// With a secret, the header `X-Students-Signature` is `sha256=` and the HMAC of the body under it, by which the
/// receiver knows who sent it. `Idempotency-Key` is the same when it is sent again.
public struct Webhook: Sink {
  /// The address.
  public let url: URL
  /// Whether it is told of anomalous images alone.
  public let onlyAnomalous: Bool
  private let secret: String?
  private let seconds: Double

  /// A webhook.
  ///
  /// - Parameters:
  ///   - url: Of http or https.
  ///   - secret: What body and receiver know; nil to sign nothing.
  ///   - onlyAnomalous: Whether it is sent anomalous images alone.
  ///   - seconds: How long an answer may take.
  public init(_ url: URL, secret: String?, onlyAnomalous: Bool = false, seconds: Double = 10) {
    (self.url, self.secret, self.onlyAnomalous, self.seconds) = (
      url, secret, onlyAnomalous, seconds
    )
  }

  /// What tells it from others.
  public var name: String { url.absoluteString }

  /// Tells it.
  ///
  /// - Parameters:
  ///   - json: The inspection as the API tells it.
  ///   - image: The file of the image; nil where it is deleted.
  /// - Throws: Where it was not told.
  public func deliver(_ json: Data, image: String?) async throws {
    var request = URLRequest(url: url, timeoutInterval: seconds)
    request.httpMethod = "POST"
    request.httpBody = json
    request.setValue("application/json; charset=utf-8", forHTTPHeaderField: "Content-Type")
    request.setValue(Digest.digits(of: json), forHTTPHeaderField: "Idempotency-Key")
    if let secret {
      request.setValue(
        "sha256=\(Digest.signature(of: json, key: secret))",
        forHTTPHeaderField: "X-Students-Signature")
    }
    let (_, answer) = try await URLSession.shared.data(for: request)
    guard let status = (answer as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
      throw DeliveryError(
        description: "it answers \((answer as? HTTPURLResponse)?.statusCode ?? 0)")
    }
  }
}
