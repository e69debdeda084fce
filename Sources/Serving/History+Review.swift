public import Foundation
import GRDB
import UninformedStudents

/// A fair sample of what a model has inspected: chosen by time and number, never by what was found.
public struct Sample: Sendable, Equatable {
  /// From this time on; nil from the first.
  public var since: Date?
  /// Before this time; nil up to the last.
  public var until: Date?
  /// Only inspections whose number is divisible by this.
  public var every: Int

  /// A sample; every inspection of the model unless it is narrowed.
  public init(since: Date? = nil, until: Date? = nil, every: Int = 1) {
    (self.since, self.until, self.every) = (since, until, max(1, every))
  }

  /// Those of a model that it holds.
  fileprivate func request(
    of model: String, by fingerprint: String
  ) -> QueryInterfaceRequest<StoredInspection> {
    var request =
      StoredInspection
      .filter(Column("model") == model && Column("fingerprint") == fingerprint)
      .filter(sql: "id % ? = 0", arguments: [every])
    if let since { request = request.filter(Column("time") >= since.timeIntervalSince1970) }
    if let until { request = request.filter(Column("time") < until.timeIntervalSince1970) }
    return request
  }
}

extension History {
  /// The inspections of a sample, by number.
  func inspections(
    of sample: Sample, model: String, by fingerprint: String
  ) async throws -> [StoredInspection] {
    try await database.read {
      try sample.request(of: model, by: fingerprint).order(Column("id")).fetchAll($0)
    }
  }

  /// How many inspections of a sample people have given each label, and of how many nobody has said anything.
  public func labels(
    of sample: Sample, model: String, by fingerprint: String
  ) async throws -> [StoredInspection.Feedback.Label?: Int] {
    try await database.read { database in
      let rows = try Row.fetchAll(
        database,
        sample.request(of: model, by: fingerprint)
          .select(sql: "label, count(*) AS n", as: Row.self).group(Column("label")))
      return Dictionary(
        rows.map { row in
          let label = (row["label"] as String?).flatMap(StoredInspection.Feedback.Label.init)
          return (label, row["n"] as Int)
        }, uniquingKeysWith: +)
    }
  }

  /// What the latest images of a model scored, the earliest of them first.
  public func latestScores(
    _ count: Int, of model: String, by fingerprint: String
  ) async throws -> [Float] {
    try await measurements(count, of: model, by: fingerprint).map(\.score)
  }

  /// What a person should look at next.
  ///
  /// - Parameters:
  ///   - sample: Those of a model that are to be reviewed whatever was found, by number; nil for all that is worth
  ///     a look: first what somebody was unsure of, then what was called anomalous with the highest p-values,
  ///     which is least certain, then good images from the lowest p-value on.
  ///   - skip: How many are left for later.
  ///   - limit: How many at most.
  /// - Returns: Inspections whose images are kept.
  /// - Throws: `DatabaseError`.
  public func toReview(
    _ sample: (Sample, model: String, fingerprint: String)? = nil, skip: Int = 0, limit: Int = 1
  ) async throws -> [StoredInspection] {
    let isKept = Column("image") != nil
    let isNew = Column("label") == nil
    if let (sample, model, fingerprint) = sample {
      return try await database.read {
        try sample.request(of: model, by: fingerprint).filter(isKept && isNew)
          .order(Column("id")).limit(limit, offset: skip).fetchAll($0)
      }
    }
    let decided = { (decision: InspectionRecord.Decision) in
      StoredInspection.filter(isKept && isNew && Column("decision") == decision.rawValue)
    }
    // One after the other, each by an index of its own, however long the history is.
    let parts = [
      StoredInspection.filter(isKept && Column("label") == "unsure").order(Column("id")),
      decided(.anomalous).order(Column("pValue").desc, Column("score")),
      decided(.good).order(Column("pValue"), Column("score").desc),
    ]
    return try await database.read { database in
      var (found, skip) = ([StoredInspection](), skip)
      for part in parts where found.count < limit {
        let some = try part.limit(skip + limit - found.count).fetchAll(database)
        found += some.dropFirst(skip)
        skip = max(0, skip - some.count)
      }
      return found
    }
  }
}
