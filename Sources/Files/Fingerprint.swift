/// All that a result depends on, by name, and one number over it that tells it from all others.
///
/// The key of unfinished work, of what is computed once and kept, and of models: what is found under
/// another key is of something else, and is not used.
public struct Fingerprint: Codable, Sendable, Hashable, CustomStringConvertible {
  /// What it is made of: short texts as they are, long ones by their digests.
  public private(set) var parts: [String: String]

  /// A fingerprint of these parts.
  public init(_ parts: [String: String] = [:]) {
    self.parts = parts
  }

  /// With one part more, or another in the place of one.
  public func with(_ name: String, _ value: String) -> Fingerprint {
    var copy = self
    copy.parts[name] = value
    return copy
  }

  /// 64 hexadecimal digits: SHA-256 over all names and parts.
  public var digits: String {
    Digest.digits(of: parts.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
  }

  /// The same as ``digits``.
  public var description: String { digits }

  /// The names of the parts that are not the same in another one, in alphabetical order.
  public func differences(from other: Fingerprint) -> [String] {
    Set(parts.keys).union(other.parts.keys).filter { parts[$0] != other.parts[$0] }.sorted()
  }
}
