import CTransfer

extension Downloader {
  /// Whether another try may go well.
  func isTemporary(_ answer: CTAnswer) -> Bool {
    switch answer.outcome {
    case CTBroken, CTTooSlow: true
    case CTAnswered, CTTooLong, CTProxy:
      [408, 429, 500, 502, 503, 504].contains(answer.status)
    default: false
    }
  }

  /// Why an answer does not bring the image; nil for one that does.
  func error(
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
    case CTNoCertificates: return certificates?.useless ?? DownloadError.noCertificates(name)
    case CTNoWebServer: return DownloadError.noWebServer(name)
    case CTProxy: return DownloadError.proxy(name, "\(answer.status)")
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
      case 407: .proxy(name, "\(answer.status)")
      default: .refused(name, "\(answer.status)")
      }
    }
    let status = (["\(answer.status)"] + [code(of: answer)].compactMap(\.self)).joined(
      separator: " ")
    let region = text(answer.region)
    if !region.isEmpty, region != store?.region, [301, 307, 400].contains(answer.status) {
      return .otherRegion(name, region)
    }
    return switch answer.status {
    case 404, 410: .notFound(name, status)
    case 407: .proxy(name, status)
    case 401, 403: .denied(name, status, isSigned: store?.credentials != nil)
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
