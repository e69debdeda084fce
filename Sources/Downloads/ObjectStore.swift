/// Where objects of S3 lie, and who asks for them: what the environment says, as AWS's own tools read it.
public struct ObjectStore: Sendable, Equatable {
  /// By whom requests are signed.
  struct Credentials: Sendable, Equatable {
    let accessKey: String
    let secretKey: String
    let sessionToken: String?
  }

  let region: String
  /// An address without a slash at its end; nil for AWS.
  let endpoint: String?
  /// Nil for what is public.
  let credentials: Credentials?

  /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION` or
  /// `AWS_DEFAULT_REGION`, and `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`.
  ///
  /// Without keys requests are not signed.
  ///
  /// - Parameter environment: The variables; spaces and line ends around them, as files of secrets have them, are
  ///   left out, and an empty one is none.
  /// - Throws: ``DownloadError/environment(_:_:)`` where one cannot be used.
  public init(_ environment: [String: String]) throws {
    let value = { (name: String) throws -> String? in
      guard let text = environment[name] else { return nil }
      let bytes = text.utf8.drop { $0 <= 0x20 }
      let trimmed = Substring(
        bytes.prefix(bytes.count - bytes.reversed().prefix { $0 <= 0x20 }.count))
      // They become lines of a request.
      guard trimmed.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw DownloadError.environment(name, "contains a character that is not allowed")
      }
      return trimmed.isEmpty ? nil : String(trimmed)
    }
    // The second is not looked at where the first is set.
    let either = {
      (first: String, second: String, read: (String, String) throws -> String) throws -> String? in
      if let text = try value(first) { return try read(text, first) }
      return try value(second).map { try read($0, second) }
    }
    region = try either("AWS_REGION", "AWS_DEFAULT_REGION", Self.region) ?? "us-east-1"
    endpoint = try either("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", Self.endpoint)
    switch (try value("AWS_ACCESS_KEY_ID"), try value("AWS_SECRET_ACCESS_KEY")) {
    case (let access?, let secret?):
      credentials = Credentials(
        accessKey: access, secretKey: secret, sessionToken: try value("AWS_SESSION_TOKEN"))
    case (nil, nil): credentials = nil
    case (_, nil):
      throw DownloadError.environment("AWS_SECRET_ACCESS_KEY", "is not set, but the other key is")
    case (nil, _):
      throw DownloadError.environment("AWS_ACCESS_KEY_ID", "is not set, but the other key is")
    }
  }

  private static func region(_ text: String, _ name: String) throws -> String {
    guard text.utf8.count <= 63,
      text.utf8.allSatisfy({ $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") })
    else { throw DownloadError.environment(name, "is not the name of a region") }
    return text
  }

  private static func endpoint(_ text: String, _ name: String) throws -> String {
    guard let address = try? ImageAddress(text), address.name == text,
      [.web(text), .web("\(text)/")].contains(address.target)
    else { throw DownloadError.environment(name, "is not an address such as https://host:9000") }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// The address of an object.
  ///
  /// AWS has a host for each bucket, but its certificates are for names without dots; other stores have the
  /// bucket in the path.
  ///
  /// - Parameters:
  ///   - bucket: Its bucket.
  ///   - key: Its key, as it is.
  /// - Returns: An address whose path is escaped as signatures need it.
  func address(bucket: String, key: String) -> String {
    let path = Escaping.escaped(key, keeping: Set("-._~/".utf8))
    if let endpoint { return "\(endpoint)/\(bucket)/\(path)" }
    let host = "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    // Nor has a host capitals, which the first buckets had.
    let isHost = bucket.utf8.allSatisfy { byte in
      byte.isASCIILetterOrDigit && byte | 0x20 == byte || byte == UInt8(ascii: "-")
    }
    return isHost ? "https://\(bucket).\(host)/\(path)" : "https://\(host)/\(bucket)/\(path)"
  }
}
