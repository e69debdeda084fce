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

  /// Nil where there is nothing of this name.
  ///
  /// - Throws: ``FileReadingError`` where the system does not say: what cannot be looked at for a
  ///   moment is not to be passed over as if it were missing.
  public init?(_ path: String) throws {
    var status = stat()
    guard withSystemPath(path, { stat($0, &status) }) == 0 else {
      guard [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno) else {
        throw FileReadingError(path, errno)
      }
      return nil
    }
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
///
/// - Throws: ``FileReadingError`` where that cannot be told.
public func fileExists(_ path: String) throws -> Bool { try FileStatus(path) != nil }

/// Whether a name is that of a symbolic link.
///
/// - Throws: ``FileReadingError`` where that cannot be told.
public func isLink(_ path: String) throws -> Bool {
  var status = stat()
  guard withSystemPath(path, { lstat($0, &status) }) == 0 else {
    throw FileReadingError(path, errno)
  }
  return status.st_mode & S_IFMT == S_IFLNK
}
