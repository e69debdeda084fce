import Foundation

extension Encodable {
  /// One line of JSON, the same for the same value: keys in alphabetical order, dates in ISO 8601.
  ///
  /// Bytes of names that are no UTF-8 are written out, such as `\xfc` (see ``SystemPath``).
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    let text = String(decoding: try encoder.encode(self), as: UTF8.self)
    // Such a byte stands inside of a string, where a backslash needs another.
    return SystemPath.readable(text, backslash: "\\\\")
  }
}
