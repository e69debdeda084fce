public import Foundation

/// Files that are there as a whole or not at all.
public enum AtomicFile {
  /// Writes under a temporary name and renames.
  public static func write(_ data: Data, to path: String) throws {
    try data.write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
