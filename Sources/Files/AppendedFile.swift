public import Foundation

/// A file that grows at its end; what was written stays where the process is killed.
public final class AppendedFile: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Opens a file that is there.
  ///
  /// - Throws: ``FileError`` that names it.
  public init(_ path: String) throws {
    self.path = path
    descriptor = withSystemPath(path) { open($0, O_WRONLY | O_APPEND | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError(path, .system(errno)) }
  }

  deinit { close(descriptor) }

  /// Writes bytes at the end.
  ///
  /// - Throws: ``FileError`` that names the file; some of the bytes may be in it then.
  public func append(_ bytes: Data) throws { try writeAll(bytes, to: descriptor, of: path) }

  /// Waits until all of it is on the disk.
  ///
  /// - Throws: ``FileError`` that names the file.
  public func sync() throws {
    guard fsync(descriptor) == 0 else { throw FileError(path, .system(errno)) }
  }
}
