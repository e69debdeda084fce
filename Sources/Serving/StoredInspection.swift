public import Foundation
public import GRDB
public import UninformedStudents

/// An inspection as the history remembers it.
public struct StoredInspection: Sendable, Equatable {
  /// Its number: later ones are higher.
  public internal(set) var id: Int64?
  /// When it was decided.
  public let time: Date
  /// The name under which the model is served.
  public let model: String
  /// Where the image came from.
  public let source: Submission.Source
  /// The number of the part that it shows.
  public let part: String?
  /// What was decided, as `students inspect --json` says it.
  public let record: InspectionRecord
  /// How its heat map is drawn.
  let view: View
  /// How the image looks whatever it shows; nil of versions that did not measure it.
  let appearance: Appearance?
  /// What a person says of it; nil where nobody has looked.
  public internal(set) var feedback: Feedback?
  /// What tells the image's file from others; nil once that is deleted.
  public internal(set) var image: String?
  /// The bytes of that file and of the scores.
  let bytes: Int
  /// What is sent again under the same key is inspected once.
  let key: String?

  /// Where scores lie in the image, and which colours they have.
  struct View: Codable, Sendable, Equatable {
    let placement: Placement
    /// The mean score of a pixel of good images.
    let ordinary: Float
    /// Above which score pixels are marked.
    let threshold: Float
  }

  /// What a person says of an image.
  public struct Feedback: Codable, Sendable, Equatable {
    /// What it shows.
    public let label: Label
    /// More, in words.
    public let note: String?
    /// Who says it.
    public let by: String?
    /// When.
    public let time: Date

    /// What an image shows.
    public enum Label: String, Codable, Sendable, CaseIterable {
      /// A good part.
      case good
      /// A defect.
      case defect
      /// Somebody else has to look.
      case unsure
    }

    /// Feedback.
    public init(_ label: Label, note: String? = nil, by: String? = nil, time: Date = Date()) {
      self.label = label
      self.note = note
      self.by = by
      self.time = time
    }
  }
}

extension StoredInspection {
  /// What was measured, without the rest; nil before it is written down.
  var measurement: History.Measurement? {
    id.map {
      History.Measurement(
        id: $0, time: time, isAnomalous: record.decision == .anomalous, score: record.score,
        appearance: appearance)
    }
  }
}

extension StoredInspection: FetchableRecord, PersistableRecord {
  /// The table of the history.
  public static let databaseTableName = "inspection"

  /// Reads a row of the history.
  public init(row: Row) throws {
    id = row["id"]
    time = Date(timeIntervalSince1970: row["time"])
    model = row["model"]
    source = Submission.Source(rawValue: row["source"]) ?? .request
    part = row["part"]
    record = try Self.decoded(row["record"])
    view = try Self.decoded(row["view"])
    appearance = Appearance(row: row)
    feedback = try (row["feedback"] as String?).map(Self.decoded)
    image = row["image"]
    bytes = row["bytes"]
    key = row["key"]
  }

  /// Writes a row of the history; what is searched for stands beside the record.
  public func encode(to container: inout PersistenceContainer) throws {
    container["id"] = id
    container["time"] = time.timeIntervalSince1970
    container["model"] = model
    container["source"] = source.rawValue
    container["part"] = part
    container["name"] = record.image
    container["fingerprint"] = record.model
    container["decision"] = record.decision.rawValue
    container["score"] = Double(record.score)
    container["pValue"] = record.pValue
    container["record"] = try Self.encoded(record)
    container["view"] = try Self.encoded(view)
    container["brightness"] = appearance?.brightness
    container["sharpness"] = appearance?.sharpness
    container["feedback"] = try feedback.map(Self.encoded)
    container["label"] = feedback?.label.rawValue
    container["image"] = image
    container["bytes"] = bytes
    container["key"] = key
  }

  private static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .secondsSince1970
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func decoded<Value: Decodable>(_ text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .secondsSince1970
    return try decoder.decode(Value.self, from: Data(text.utf8))
  }
}

extension Appearance {
  /// What a row of the history knows of it.
  init?(row: Row) {
    guard let brightness = row["brightness"] as Double?, let sharpness = row["sharpness"] as Double?
    else { return nil }
    self.init(brightness: brightness, sharpness: sharpness)
  }
}
