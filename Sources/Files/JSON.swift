import Foundation

extension Encodable {
  /// One line of JSON, the same for the same value: keys in alphabetical order, dates in ISO 8601.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
