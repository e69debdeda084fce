import Files

/// The address of an image that lies elsewhere: `https://…`, `http://…` or `s3://bucket/key`.
public struct ImageAddress: Sendable, Equatable {
  /// What people, results and errors call it: the address without what may be secret.
  ///
  /// Of the web the query is left out, in which signed addresses have their signature. A fragment stays, which
  /// no server is told: `https://host/frame?id=17#17` tells images apart that only a query tells apart.
  public let name: String
  /// What tells it from other images, however it is signed: for digests, not for people.
  public let identity: String
  let target: Target

  enum Target: Sendable, Equatable {
    /// An address as libcurl takes it.
    case web(String)
    case object(bucket: String, key: String)
  }

  /// Whether a text is to be an address, and not the path of a file.
  public static func isAddress(_ text: String) -> Bool { scheme(of: text) != nil }

  /// Whether a text is to be the address of an object of S3.
  static func isObject(_ text: String) -> Bool { scheme(of: text) == .s3 }

  /// What people call the image of a path or of an address, which may be one that cannot be read.
  public static func name(of location: String) -> String {
    switch scheme(of: location) {
    case nil: location
    case .s3: bounded(location)
    case .http, .https: bounded(Parts(location).name)
    }
  }

  /// The most bytes of an address.
  static let longest = 8192

  /// A name that is not much longer than an address may be.
  private static func bounded(_ name: String) -> String {
    name.utf8.count <= longest ? name : String(name.unicodeScalars.prefix(100)) + "…"
  }

  /// What tells the image of a path or of an address from others.
  public static func identity(of location: String) -> String {
    isAddress(location) ? (try? ImageAddress(location))?.identity ?? location : location
  }

  /// Reads an address.
  ///
  /// - Parameter text: The key of an object of S3 is taken as it is; of the web, spaces and letters beyond ASCII
  ///   in path and query are escaped, but a host is written in ASCII.
  /// - Throws: ``DownloadError/malformed(_:_:)``, also for one with a user and a password in it.
  public init(_ text: String) throws {
    guard text.utf8.count <= Self.longest else {
      throw DownloadError.malformed(
        Self.bounded(Self.name(of: text)), "an address has at most \(Self.longest) bytes")
    }
    switch Self.scheme(of: text) {
    case nil: throw DownloadError.malformed(text, "it must begin with https://, http:// or s3://")
    case .s3:
      (name, identity) = (text, text)
      target = try Self.object(text)
    case .http, .https:
      let parts = Parts(text)
      name = parts.name
      try parts.check()
      identity = parts.identity
      target = .web(parts.escaped)
    }
  }

  private enum Scheme: String, CaseIterable {
    case http = "http://"
    case https = "https://"
    case s3 = "s3://"
  }

  private static func scheme(of text: String) -> Scheme? {
    // Most of ten million names are paths.
    guard let first = text.utf8.first, "hHsS".utf8.contains(first) else { return nil }
    return Scheme.allCases.first { scheme in
      text.utf8.prefix(scheme.rawValue.utf8.count)
        .elementsEqual(scheme.rawValue.utf8) { $0.lowercasedASCII == $1 }
    }
  }

  private static func object(_ text: String) throws -> Target {
    let rest = text.utf8.dropFirst(Scheme.s3.rawValue.utf8.count)
    let bucket = rest.prefix { $0 != UInt8(ascii: "/") }
    let key = rest[bucket.endIndex...].dropFirst()
    // The bucket becomes part of a host's name.
    guard let first = bucket.first, first.isASCIILetterOrDigit, bucket.count <= 255,
      bucket.allSatisfy({ $0.isASCIILetterOrDigit || "-._".utf8.contains($0) })
    else { throw DownloadError.malformed(text, "s3://bucket/key is expected") }
    guard let last = key.last, last != UInt8(ascii: "/") else {
      throw DownloadError.malformed(
        text, "it names no object; objects are not listed, so name them all by --list")
    }
    return .object(bucket: String(Substring(bucket)), key: String(Substring(key)))
  }
}

/// The parts of an address of the web.
private struct Parts {
  /// With its slashes.
  let scheme: Substring
  let authority: Substring
  let path: Substring
  /// Without its question mark; nil where there is none.
  let query: Substring?
  /// With its sign; often empty.
  let fragment: Substring

  /// - Parameter text: One that begins with a scheme of the web.
  init(_ text: String) {
    // The same bytes stand for the same signs in UTF-8, so that parts begin between letters.
    let bytes = text.utf8
    let host =
      bytes.firstIndex(of: UInt8(ascii: "/")).flatMap {
        bytes.index($0, offsetBy: 2, limitedBy: bytes.endIndex)
      } ?? bytes.startIndex
    let end = bytes[host...].firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
    let mark = bytes[host..<end].firstIndex(of: UInt8(ascii: "?"))
    let slash = bytes[host..<(mark ?? end)].firstIndex(of: UInt8(ascii: "/")) ?? mark ?? end
    scheme = text[..<host]
    authority = text[host..<slash]
    path = text[slash..<(mark ?? end)]
    query = mark.map { text[text.utf8.index(after: $0)..<end] }
    fragment = text[end...]
  }

  /// Without user and password.
  private var host: Substring {
    authority.utf8.lastIndex(of: UInt8(ascii: "@")).map {
      authority[authority.utf8.index(after: $0)...]
    } ?? authority
  }

  /// Whether what follows the last colon of the authority may be a port.
  ///
  /// In `http://user:secret/word@host` it is half of a password.
  private var hasPort: Bool {
    let bytes = host.utf8
    // The colons between brackets are those of an IPv6 address.
    let bracket = bytes.first == UInt8(ascii: "[") ? bytes.lastIndex(of: UInt8(ascii: "]")) : nil
    let rest = bytes[(bracket ?? bytes.startIndex)...]
    guard let colon = rest.lastIndex(of: UInt8(ascii: ":")) else { return true }
    return rest[colon...].dropFirst().allSatisfy { (0x30...0x39).contains($0) }
  }

  var name: String { hasPort ? "\(scheme)\(host)\(path)\(fragment)" : "\(scheme)…" }

  var identity: String {
    let kept = query.map { query in
      query.utf8.split(separator: UInt8(ascii: "&")).map { String(Substring($0)) }
        .filter { !Self.isSigning($0) }
    }
    let query = kept.map { $0.isEmpty ? "" : "?" + $0.joined(separator: "&") } ?? ""
    return "\(scheme)\(host)\(path)\(query)\(fragment)"
  }

  /// Parameters by which storage is told who may read, and until when.
  private static let signing: Set = [
    "awsaccesskeyid", "expires", "googleaccessid", "key-pair-id", "policy", "security-token",
    "signature",
    // Azure.
    "se", "si", "sig", "sip", "ske", "skoid", "sks", "skt", "sktid", "skv", "sp", "spr", "sr",
    "srt",
    "ss", "st", "sv",
  ]

  private static func isSigning(_ parameter: String) -> Bool {
    let bytes = parameter.utf8.prefix { $0 != UInt8(ascii: "=") }
    let name = Substring(bytes).lowercased()
    return name.hasPrefix("x-amz-") || name.hasPrefix("x-goog-") || signing.contains(name)
  }

  func check() throws {
    guard hasPort else {
      throw DownloadError.malformed(name, "what follows its last colon is not a port number")
    }
    guard host == authority else {
      throw DownloadError.malformed(name, "an address must not contain a user or a password")
    }
    let isHost = host.utf8.allSatisfy {
      $0.isASCIILetterOrDigit || "-._:[]".utf8.contains($0)
    }
    guard !host.utf8.contains(where: { $0 >= 0x80 }) else {
      throw DownloadError.malformed(
        name, "a host is written in ASCII: one with other letters as xn--…")
    }
    guard !host.isEmpty, isHost else { throw DownloadError.malformed(name, "it names no host") }
  }

  /// Without the fragment, all that an address may not hold escaped.
  var escaped: String {
    let kept = Set("!$%&'()*+,-./:;=?@_~".utf8)
    let rest = Escaping.escaped(String(path) + (query.map { "?\($0)" } ?? ""), keeping: kept)
    return "\(scheme)\(authority)\(rest.hasPrefix("/") ? "" : "/")\(rest)"
  }
}

/// Bytes as `%2B` (RFC 3986).
enum Escaping {
  /// A text in which all bytes are escaped but ASCII letters, digits, and those that are kept.
  static func escaped(_ text: String, keeping kept: Set<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = SystemPath.bytes(text).flatMap { byte in
      byte.isASCIILetterOrDigit || kept.contains(byte)
        ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension UInt8 {
  /// The small letter of a capital of ASCII; any other byte as it is.
  var lowercasedASCII: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
  }

  var isASCIILetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
