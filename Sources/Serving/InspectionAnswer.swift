public import Foundation
import UninformedStudents

/// An inspection as the API tells it: the keys of `students inspect --json`, and what the history adds.
public struct InspectionAnswer: Encodable, Sendable {
  let inspection: StoredInspection

  /// Of an inspection of the history.
  public init(_ inspection: StoredInspection) { self.inspection = inspection }

  private enum CodingKeys: CodingKey {
    case id, time, servedAs, source, part, feedback, links
  }

  private struct Links: Encodable {
    let inspection: String
    let image: String?
    let heatmap: String?
    let page: String
  }

  /// Writes all keys into one object.
  public func encode(to encoder: any Swift.Encoder) throws {
    try inspection.record.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    let id = inspection.id ?? 0
    try values.encode(id, forKey: .id)
    try values.encode(inspection.time, forKey: .time)
    try values.encode(inspection.model, forKey: .servedAs)
    try values.encode(inspection.source, forKey: .source)
    try values.encodeIfPresent(inspection.part, forKey: .part)
    try values.encodeIfPresent(inspection.feedback, forKey: .feedback)
    let path = "/v1/inspections/\(id)"
    let isKept = inspection.image != nil
    try values.encode(
      Links(
        inspection: path, image: isKept ? "\(path)/image" : nil,
        heatmap: isKept ? "\(path)/heatmap.png" : nil, page: "/inspections/\(id)"), forKey: .links)
  }
}

/// JSON as this service writes it: sorted keys, times as RFC 3339 in UTC.
public enum ServiceJSON {
  private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// A time as RFC 3339 in UTC.
  static func text(_ date: Date) -> String { date.formatted(time) }

  /// The bytes of a value.
  ///
  /// - Throws: `EncodingError`.
  public static func data(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(text(date))
    }
    return try encoder.encode(value)
  }
}
