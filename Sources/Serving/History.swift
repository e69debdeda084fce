import Files
public import Foundation
import GRDB
public import UninformedStudents

/// All inspections, in one SQLite database: what is answered has been written and synced before.
public struct History: Sendable {
  let database: DatabasePool

  /// Opens the history of a file, which is made where it is missing.
  ///
  /// - Throws: ``HistoryError`` where the file is no history, or cannot be opened.
  public init(path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      // Written ahead and synced at each commit: what is answered survives a power cut.
      try database.execute(sql: "PRAGMA synchronous = FULL")
    }
    do {
      database = try DatabasePool(path: path, configuration: configuration)
      try Self.migrations.migrate(database)
    } catch let error as DatabaseError {
      throw HistoryError(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }

  private static var migrations: DatabaseMigrator {
    var migrations = DatabaseMigrator()
    migrations.registerMigration("1") { database in
      try database.execute(
        sql: """
          CREATE TABLE inspection (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            time REAL NOT NULL, model TEXT NOT NULL, source TEXT NOT NULL, part TEXT,
            name TEXT NOT NULL, fingerprint TEXT NOT NULL, decision TEXT NOT NULL,
            score REAL NOT NULL, pValue REAL NOT NULL, record TEXT NOT NULL, view TEXT NOT NULL,
            feedback TEXT, label TEXT, image TEXT, bytes INTEGER NOT NULL, key TEXT);
          CREATE UNIQUE INDEX inspectionOfKey ON inspection (model, key) WHERE key IS NOT NULL;
          CREATE INDEX inspectionOfModel ON inspection (model, id);
          CREATE INDEX inspectionByDecision ON inspection (decision, id);
          CREATE INDEX inspectionOfPart ON inspection (part) WHERE part IS NOT NULL;
          CREATE INDEX inspectionByLabel ON inspection (label, id) WHERE label IS NOT NULL;
          CREATE INDEX inspectionOfImage ON inspection (image) WHERE image IS NOT NULL;
          """)
    }
    migrations.registerMigration("2") { database in
      try database.execute(
        sql: """
          CREATE TABLE delivery (
            id INTEGER PRIMARY KEY AUTOINCREMENT, inspection INTEGER NOT NULL, sink TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL);
          CREATE INDEX deliveryByTime ON delivery (sink, due);
          """)
    }
    migrations.registerMigration("3") { database in
      try database.execute(
        sql: """
          ALTER TABLE inspection ADD COLUMN brightness REAL;
          ALTER TABLE inspection ADD COLUMN sharpness REAL;
          ALTER TABLE delivery ADD COLUMN warning TEXT;
          CREATE TABLE choice (model TEXT PRIMARY KEY, falseAlarms REAL NOT NULL);
          CREATE INDEX inspectionToReview ON inspection (decision, pValue, score) WHERE label IS NULL;
          """)
    }
    return migrations
  }

  /// Writes an inspection down, synced when this returns; gives it its number.
  ///
  /// - Throws: `DatabaseError`.
  func add(
    _ inspection: StoredInspection, tellingSinks sinks: [String] = []
  ) async throws -> StoredInspection {
    try await database.write { database in
      var stored = inspection
      try stored.insert(database)
      stored.id = database.lastInsertedRowID
      // In the same transaction: what is decided is told, whatever happens then.
      for sink in sinks {
        try database.execute(
          sql: "INSERT INTO delivery (inspection, sink, due) VALUES (?, ?, ?)",
          arguments: [stored.id, sink, stored.time.timeIntervalSince1970])
      }
      return stored
    }
  }

  /// Writes down a warning that sinks are to be told, as JSON.
  func add(warning: String, tellingSinks sinks: [String]) async throws {
    try await database.write { database in
      for sink in sinks {
        try database.execute(
          sql: "INSERT INTO delivery (inspection, sink, due, warning) VALUES (0, ?, ?, ?)",
          arguments: [sink, Date().timeIntervalSince1970, warning])
      }
    }
  }

  /// Something that a sink has yet to be told.
  struct Delivery: Sendable {
    let id: Int64
    let inspection: StoredInspection?
    /// As JSON; nil for an inspection.
    let warning: String?
    let attempts: Int
  }

  /// The next delivery of a sink that is due, and otherwise when the next one will be.
  func nextDelivery(
    of sink: String, now: Date
  ) async throws -> (delivery: Delivery?, due: Date?) {
    try await database.read { database in
      let row = try Row.fetchOne(
        database, sql: "SELECT * FROM delivery WHERE sink = ? ORDER BY due LIMIT 1",
        arguments: [sink])
      guard let row else { return (nil, nil) }
      let due = Date(timeIntervalSince1970: row["due"])
      guard due <= now else { return (nil, due) }
      let inspection = try StoredInspection.fetchOne(database, key: row["inspection"] as Int64)
      let delivery = Delivery(
        id: row["id"], inspection: inspection, warning: row["warning"], attempts: row["attempts"])
      return (delivery, nil)
    }
  }

  /// Forgets a delivery that has arrived.
  func delivered(_ id: Int64) async throws {
    try await database.write {
      try $0.execute(sql: "DELETE FROM delivery WHERE id = ?", arguments: [id])
    }
  }

  /// Puts a delivery off.
  func postpone(_ id: Int64, until due: Date) async throws {
    try await database.write {
      try $0.execute(
        sql: "UPDATE delivery SET attempts = attempts + 1, due = ? WHERE id = ?",
        arguments: [due.timeIntervalSince1970, id])
    }
  }

  /// How much sinks have yet to be told.
  public func undelivered() async throws -> Int {
    try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM delivery") ?? 0 }
  }

  /// The inspection of a number.
  public func inspection(_ id: Int64) async throws -> StoredInspection? {
    try await database.read { try StoredInspection.fetchOne($0, key: id) }
  }

  /// The inspection that a model made under a key.
  func inspection(ofKey key: String, model: String) async throws -> StoredInspection? {
    try await database.read {
      try StoredInspection.filter(Column("key") == key && Column("model") == model).fetchOne($0)
    }
  }

  /// What is looked for.
  public struct Query: Sendable, Equatable {
    /// Served under this name.
    public var model: String?
    /// Decided so.
    public var decision: InspectionRecord.Decision?
    /// Of this part.
    public var part: String?
    /// A text that the name of the image contains.
    public var name: String?
    /// What people said: one of the labels, or `none` where nobody has.
    public var label: Label?
    /// From this time on.
    public var since: Date?
    /// Before this time.
    public var until: Date?
    /// Scores at least this.
    public var minScore: Double?
    /// Numbers below this: the next page.
    public var before: Int64?
    /// Numbers above this, ascending: what is new.
    public var after: Int64?
    /// How many at most.
    public var limit = 50

    /// A label, or that there is none.
    public enum Label: Sendable, Equatable {
      /// One of these.
      case given(StoredInspection.Feedback.Label)
      /// Nobody has looked.
      case none
    }

    /// The latest of all.
    public init() {}
  }

  /// The inspections that a query finds, the latest first, or the earliest first of what is new.
  public func inspections(_ query: Query) async throws -> [StoredInspection] {
    try await database.read { try Self.request(query).fetchAll($0) }
  }

  private static func request(_ query: Query) -> QueryInterfaceRequest<StoredInspection> {
    var request = StoredInspection.limit(query.limit)
    let id = Column("id")
    request = query.after == nil ? request.order(id.desc) : request.order(id)
    if let model = query.model { request = request.filter(Column("model") == model) }
    if let decision = query.decision {
      request = request.filter(Column("decision") == decision.rawValue)
    }
    if let part = query.part { request = request.filter(Column("part") == part) }
    if let name = query.name {
      request = request.filter(sql: "instr(name, ?) > 0", arguments: [name])
    }
    switch query.label {
    case .given(let label): request = request.filter(Column("label") == label.rawValue)
    case .some(.none): request = request.filter(Column("label") == nil)
    case nil: break
    }
    if let since = query.since {
      request = request.filter(Column("time") >= since.timeIntervalSince1970)
    }
    if let until = query.until {
      request = request.filter(Column("time") < until.timeIntervalSince1970)
    }
    if let score = query.minScore { request = request.filter(Column("score") >= score) }
    if let before = query.before { request = request.filter(id < before) }
    if let after = query.after { request = request.filter(id > after) }
    return request
  }

  /// Notes what a person says; gives the inspection as it is then, nil where there is none of that number.
  func note(
    _ feedback: StoredInspection.Feedback, on id: Int64
  ) async throws -> StoredInspection? {
    try await database.write { database in
      guard var stored = try StoredInspection.fetchOne(database, key: id) else { return nil }
      stored.feedback = feedback
      try stored.update(database)
      return stored
    }
  }

  /// What was measured in an image, without the rest of its inspection.
  struct Measurement: Sendable {
    let id: Int64
    let time: Date
    let isAnomalous: Bool
    let score: Float
    let appearance: Appearance?
  }

  /// What was measured in the latest images of a model, the earliest of them first.
  func measurements(
    _ count: Int, of model: String, by fingerprint: String
  ) async throws -> [Measurement] {
    try await database.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT id, time, decision, score, brightness, sharpness FROM inspection
          WHERE model = ? AND fingerprint = ? ORDER BY id DESC LIMIT ?
          """, arguments: [model, fingerprint, count]
      ).map { row in
        Measurement(
          id: row["id"], time: Date(timeIntervalSince1970: row["time"]),
          isAnomalous: row["decision"] == InspectionRecord.Decision.anomalous.rawValue,
          score: row["score"], appearance: Appearance(row: row))
      }
    }.reversed()
  }

  /// The inspection whose image is the next to go: the oldest of a good part, then of an anomalous one, of
  /// which nobody has said anything.
  func oldestKept(before time: Date = .distantFuture) async throws -> StoredInspection? {
    try await database.read {
      try StoredInspection
        .filter(
          Column("image") != nil && Column("label") == nil
            && Column("time") < time.timeIntervalSince1970
        ).order(sql: "decision = 'anomalous', id").fetchOne($0)
    }
  }

  /// The bytes of all images that are kept, and of their maps.
  func keptBytes() async throws -> Int {
    try await database.read {
      try Int.fetchOne(
        $0,
        sql: """
          SELECT total(bytes) FROM
          (SELECT max(bytes) AS bytes FROM inspection WHERE image IS NOT NULL GROUP BY image)
          """) ?? 0
    }
  }

  /// Notes that the image of an inspection is no longer kept.
  ///
  /// - Returns: The models that have mapped it; nil where another inspection shows the same image.
  func forgetImage(of id: Int64) async throws -> [String]? {
    try await database.write { database in
      guard var stored = try StoredInspection.fetchOne(database, key: id), let image = stored.image
      else { return nil }
      stored.image = nil
      try stored.update(database)
      let others = StoredInspection.filter(Column("image") == image)
      guard try others.isEmpty(database) else { return nil }
      return try String.fetchAll(
        database, sql: "SELECT DISTINCT fingerprint FROM inspection")
    }
  }

  /// The share of false alarms that was chosen for a model while it was served; nil for none.
  func chosenFalseAlarms(of model: String) async throws -> Double? {
    try await database.read {
      try Double.fetchOne(
        $0, sql: "SELECT falseAlarms FROM choice WHERE model = ?", arguments: [model])
    }
  }

  /// Remembers the share of false alarms that is chosen for a model.
  func choose(falseAlarms: Double, for model: String) async throws {
    try await database.write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO choice (model, falseAlarms) VALUES (?, ?)",
        arguments: [model, falseAlarms])
    }
  }

  /// The highest number that was given; 0 where there is none.
  public func latest() async throws -> Int64 {
    try await database.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM inspection") ?? 0 }
  }

  /// How many inspections there are of each model and decision.
  public func counts() async throws -> [(model: String, decision: String, count: Int)] {
    try await database.read { database in
      try Row.fetchAll(
        database,
        sql: "SELECT model, decision, count(*) AS n FROM inspection GROUP BY model, decision"
      ).map { ($0["model"], $0["decision"], $0["n"]) }
    }
  }
}

/// Why a history cannot be opened.
public struct HistoryError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  /// One line for the user.
  public var description: String { "\(path): not a usable history (\(reason))" }
}

/// Why a history that is open cannot be used for now.
public enum HistoryTrouble: Sendable {
  /// Another program has locked it, for longer than we wait.
  case locked
  /// Its disk is full.
  case full

  /// What an error of the history is about; nil where it is no such trouble.
  public init?(_ error: any Error) {
    switch (error as? DatabaseError)?.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked
    case .SQLITE_FULL: self = .full
    default: return nil
    }
  }
}
