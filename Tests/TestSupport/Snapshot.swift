import Foundation
public import Testing

/// The texts that users read, as an editor has read them, in `Tests/Snapshots`.
public enum Snapshot {
  static let folder = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
    .appendingPathComponent("Snapshots").path

  /// Whether the texts of this run become the snapshots; see `make snapshots`.
  static var isWritten: Bool { ProcessInfo.processInfo.environment["SNAPSHOTS"] == "write" }

  /// The names of the snapshots in a folder, without what their files end in.
  public static func names(in name: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
    return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
  }

  /// The text of a snapshot; nil where there is none.
  public static func text(_ name: String) -> String? {
    try? String(contentsOfFile: "\(folder)/\(name).txt", encoding: .utf8)
  }
}

/// Compares a text with its snapshot, and reports the lines that differ.
public func expectSnapshot(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if Snapshot.isWritten {
    let file = URL(fileURLWithPath: "\(Snapshot.folder)/\(name).txt")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  let kept = Snapshot.text(name) ?? ""
  let changes = text.components(separatedBy: "\n")
    .difference(from: kept.components(separatedBy: "\n"))
    .map { change in
      switch change {
      case .remove(_, let line, _): "- \(line)"
      case .insert(_, let line, _): "+ \(line)"
      }
    }
  #expect(
    changes.isEmpty, "Tests/Snapshots/\(name).txt:\n\(changes.joined(separator: "\n"))",
    sourceLocation: sourceLocation)
}

/// Compares what errors say with the snapshot of their target, each below its type and case.
///
/// A case without values has no name at run time, and stands below its type alone.
public func expectSnapshot(
  of errors: [any Error], _ target: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let lines = errors.map { error in
    let mirror = Mirror(reflecting: error)
    let name = mirror.displayStyle == .enum ? mirror.children.first?.label : nil
    return "\(type(of: error))\(name.map { ".\($0)" } ?? "")\n  \(error)\n"
  }
  try expectSnapshot(lines.joined(), "errors/\(target)", sourceLocation: sourceLocation)
}
