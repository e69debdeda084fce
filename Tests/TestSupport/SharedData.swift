import Foundation

/// Real data and weights, which stand beside the package on some machines and are not part of it.
public enum SharedData {
  /// Where a file of it lies; nil on machines without it.
  public static func path(_ name: String) -> String? {
    let package = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = package.deletingLastPathComponent().appendingPathComponent("shared/data/\(name)")
      .path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }
}
