import Files
import Foundation
import UninformedStudents

/// What the history remembers, for other programs.
public struct HistoryExport: Sendable {
  /// The form of an export.
  public enum Form: String, CaseIterable, Sendable {
    /// A table of comma-separated values, an inspection a row.
    case csv
    /// An object a line, as the API tells it.
    case json
    /// A folder of images for each thing that people said: `good` can be trained on or calibrated with.
    case folders
  }

  private let history: History
  private let images: ImageStore

  /// Of the history in a folder.
  ///
  /// - Throws: ``HistoryError`` where none is there.
  public init(folder: String) throws {
    let path = SystemPath.joined(folder, "history.sqlite")
    guard try fileExists(path) else {
      throw HistoryError(path: path, reason: "there is no such file; name the folder of --data")
    }
    history = try History(path: path)
    images = try ImageStore(folder: SystemPath.joined(folder, "images"))
  }

  /// Gives every inspection that a query finds as a line, the earliest first.
  ///
  /// - Parameters:
  ///   - query: What is looked for; its limit and place do not count.
  ///   - form: ``Form/csv`` or ``Form/json``.
  ///   - write: Told each line.
  /// - Throws: What reading the history and `write` throw.
  public func lines(
    _ query: History.Query, as form: Form, _ write: (String) throws -> Void
  ) async throws {
    if form == .csv { try write(Self.header) }
    try await each(query) { inspection in
      try write(
        form == .csv
          ? Self.row(inspection)
          : String(
            decoding: ServiceJSON.data(InspectionAnswer(inspection)), as: UTF8.self))
    }
  }

  /// Copies the images of which people have said something, into `LABEL/MODEL-NUMBER-NAME`.
  ///
  /// What is there stays as it is, so that an export goes on where it stopped.
  ///
  /// - Parameters:
  ///   - query: What is looked for.
  ///   - folder: Where to; made where it is missing.
  /// - Returns: How many images of each label there are, and how many are no longer kept.
  /// - Throws: What reading the history throws, and `FileError`.
  public func copyImages(
    _ query: History.Query, to folder: String
  ) async throws -> (copied: [String: Int], missing: Int) {
    var (copied, missing) = ([String: Int](), 0)
    try await each(query) { inspection in
      guard let label = inspection.feedback?.label.rawValue else { return }
      guard let digest = inspection.image, let bytes = try images.bytes(of: digest) else {
        missing += 1
        return
      }
      let ending =
        Image.mediaType(of: bytes)?.split(separator: "/").last.map(String.init) ?? "image"
      let stem = SystemPath.stem(inspection.record.image).map { character in
        character.isLetter || character.isNumber || "-_".contains(character) ? character : "_"
      }
      let name = "\(inspection.model)-\(inspection.id ?? 0)-\(String(stem.prefix(60))).\(ending)"
      let path = SystemPath.joined(SystemPath.joined(folder, label), name)
      if try !fileExists(path) {
        try makeFolder(of: path)
        try AtomicFile.write(bytes, to: path)
      }
      copied[label, default: 0] += 1
    }
    return (copied, missing)
  }

  /// Each inspection that a query finds, the earliest first, some at a time.
  private func each(
    _ query: History.Query, _ body: (StoredInspection) throws -> Void
  ) async throws {
    var query = query
    (query.after, query.before, query.limit) = (0, nil, 500)
    while true {
      let found = try await history.inspections(query)
      for inspection in found { try body(inspection) }
      guard found.count == query.limit, let last = found.last?.id else { return }
      query.after = last
    }
  }

  private static let header =
    "id,time,model,fingerprint,part,image,decision,score,threshold,pValue,regions,feedback,note,by"

  private static func row(_ inspection: StoredInspection) -> String {
    let (record, said) = (inspection.record, inspection.feedback)
    return CSV.row([
      "\(inspection.id ?? 0)", ServiceJSON.text(inspection.time), inspection.model, record.model,
      inspection.part ?? "", record.image, record.decision.rawValue, "\(record.score)",
      "\(record.threshold)", "\(record.pValue)", "\(record.regions.count)",
      said?.label.rawValue ?? "", said?.note ?? "", said?.by ?? "",
    ])
  }
}
