public import Foundation

/// What the system says of a file; of a link, what it points to.
public struct FileStatus: Sendable, Equatable {
  /// What it is.
  public enum Kind: Sendable {
    /// Bytes.
    case file
    /// Other files.
    case folder
    /// A device, a pipe or a socket.
    case other
  }

  /// What it is.
  public let kind: Kind
  /// How many bytes are in it.
  public let size: Int
  /// When what is in it last changed.
  public let modified: Date

  /// Nil where there is nothing of this name, or it may not be looked at.
  public init?(_ path: String) {
    var status = stat()
    guard withSystemPath(path, { stat($0, &status) }) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    default: kind = .other
    }
    size = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Date(
      timeIntervalSince1970: Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000)
  }
}

/// Whether there is anything of this name; a link counts by what it points to.
public func fileExists(_ path: String) -> Bool { FileStatus(path) != nil }
