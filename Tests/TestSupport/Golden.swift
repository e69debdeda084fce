import Foundation

/// Values that were computed outside this package; see `Tests/Golden/README.md`.
public enum Golden {
  /// The folder of all golden values.
  public static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Golden").path

  /// Where a file of them lies.
  public static func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Reads a JSON file of them.
  public static func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

/// A new empty folder that is deleted after use.
@discardableResult
public func withTemporaryFolder<Result>(
  _ body: (String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("students-test-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}
