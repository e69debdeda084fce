import CTransfer
import Files
public import Foundation

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
    var headers = [
      "Content-Type: application/json; charset=utf-8",
      "Idempotency-Key: \(Digest.digits(of: json))",
    ]
    if let secret {
      headers.append("X-Students-Signature: sha256=\(Digest.signature(of: json, key: secret))")
    }
    let answer = await onOwnThread { [url, headers, seconds] in
      Self.post(json, to: url.absoluteString, headers, within: seconds)
    }
    // It is told again after the start.
    guard let status = try answer?.get() else { throw CancellationError() }
    guard (200..<300).contains(status) else {
      throw DeliveryError(description: "it answers \(status)")
    }
  }

  /// Sends a body; gives the status of the answer.
  private static func post(
    _ body: Data, to url: String, _ headers: [String], within seconds: Double
  ) -> Result<Int, DeliveryError> {
    let lines = headers.map { strdup($0) }
    defer { for line in lines { free(line) } }
    var status = 0
    let error = body.withUnsafeBytes { bytes in
      ct_post(
        url, bytes.baseAddress, bytes.count, lines.map { UnsafePointer($0) } + [nil], seconds,
        &status)
    }
    return error.map { .failure(DeliveryError(description: String(cString: $0))) }
      ?? .success(status)
  }
}
