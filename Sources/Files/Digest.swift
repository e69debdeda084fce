import CDigest
public import Foundation

/// SHA-256 of parts, each with its length in front: moving a byte from one part to the next is seen.
public struct Digest: ~Copyable {
  private let digest = cd_new()

  /// Of nothing yet.
  public init() {}

  deinit { cd_free(digest) }

  /// Adds a part.
  public func add(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { bytes in
      begin(bytes.count)
      cd_add(digest, bytes.baseAddress, bytes.count)
    }
  }

  /// Begins a part of so many bytes.
  private func begin(_ count: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { cd_add(digest, $0.baseAddress, 8) }
  }

  /// Adds a part.
  public func add(_ text: String) { add(Array(text.utf8)) }

  /// 64 hexadecimal digits over all parts.
  public consuming func digits() -> String { cd_digits(digest).map { String(cString: $0) } ?? "" }

  /// The digits of one part.
  public static func digits(of bytes: some ContiguousBytes) -> String {
    let digest = Digest()
    digest.add(bytes)
    return digest.digits()
  }

  /// The digits of several texts, such as those of other digests.
  public static func digits(of texts: some Sequence<String>) -> String {
    let digest = Digest()
    for text in texts { digest.add(text) }
    return digest.digits()
  }

  /// The digits of what is in a plain file; nil where there is none.
  ///
  /// - Throws: ``FileReadingError`` where it cannot be read.
  public static func digits(ofFile path: String) throws -> String? {
    let digest = Digest()
    var isBegun = false
    let isThere = try readParts(ofFile: path) { part, size in
      if !isBegun { digest.begin(size) }
      isBegun = true
      cd_add(digest.digest, part.baseAddress, part.count)
    }
    return isThere ? digest.digits() : nil
  }
}

extension Digest {
  /// The 64 hexadecimal digits of the HMAC-SHA-256 of bytes under a key (RFC 2104), by which a receiver
  /// knows who sent them.
  public static func signature(of bytes: Data, key: String) -> String {
    var digits = [CChar](repeating: 0, count: 65)
    let key = Array(key.utf8)
    bytes.withUnsafeBytes { cd_hmac(key, key.count, $0.baseAddress, $0.count, &digits) }
    return String(decoding: digits.prefix(64).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
