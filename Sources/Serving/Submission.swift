public import Foundation

/// An image that somebody wants inspected.
public struct Submission: Sendable {
  /// The file, as it was sent.
  public var bytes: Data
  /// What people call it, such as the name of its file.
  public var name: String
  /// Where it came from.
  public var source: Source
  /// The number of the part that it shows.
  public var part: String?
  /// What is sent again under the same key is inspected once.
  public var key: String?
  /// Whether each region is to be explained by the normal patches most like it.
  public var explains: Bool
  /// How long it may wait for its turn; nil for as long as it takes.
  public var patience: Duration?

  /// How an image came in.
  public enum Source: String, Codable, Sendable, CaseIterable {
    /// Sent to the API or dropped on the page.
    case request
    /// Found in a watched folder.
    case folder
  }

  /// An image by its file's bytes.
  public init(
    bytes: Data, name: String, source: Source = .request, part: String? = nil, key: String? = nil,
    explains: Bool = false
  ) {
    self.bytes = bytes
    self.name = name
    self.source = source
    self.part = part
    self.key = key
    self.explains = explains
  }
}
