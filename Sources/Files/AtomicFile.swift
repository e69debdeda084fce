public import Foundation

/// Files that are there as a whole or not at all.
public enum AtomicFile {
  /// Writes under a temporary name in the same folder, syncs, and renames into place.
  ///
  /// Whatever happens meanwhile, the path holds the old file or the new one.
  ///
  /// - Throws: ``FileError`` that names the file.
  public static func write(_ data: Data, to path: String) throws {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).part"
    do {
      try writeAndSync(data, to: temporary)
      guard (withSystemPath(temporary) { old in withSystemPath(path) { rename(old, $0) } }) == 0
      else { throw FileError(path, errno) }
    } catch {
      withSystemPath(temporary) { _ = unlink($0) }
      throw (error as? FileError).map { FileError(path, $0.code) } ?? error
    }
  }

  /// Checks that a file can be written, so that long work does not fail at its end.
  ///
  /// - Throws: ``FileError`` that names the file.
  public static func checkWritable(_ path: String) throws {
    guard !isFolder(path) else { throw FileError(path, EISDIR) }
    let probe = "\(path).\(ProcessInfo.processInfo.processIdentifier).probe"
    do {
      try writeAndSync(Data([0]), to: probe)
      withSystemPath(probe) { _ = unlink($0) }
    } catch {
      withSystemPath(probe) { _ = unlink($0) }
      throw (error as? FileError).map { FileError(path, $0.code) } ?? error
    }
  }

  private static func writeAndSync(_ data: Data, to path: String) throws {
    let file = withSystemPath(path) { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
    guard file >= 0 else { throw FileError(path, errno) }
    defer { close(file) }
    try data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(
          file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw FileError(path, errno) }
        rest = rest.dropFirst(count)
      }
    }
    guard fsync(file) == 0 else { throw FileError(path, errno) }
  }
}

/// Why a file cannot be written.
public struct FileError: Error, CustomStringConvertible, Equatable {
  /// The file.
  public let path: String
  /// The system's error number.
  let code: Int32

  init(_ path: String, _ code: Int32) {
    self.path = path
    self.code = code
  }

  /// One line for the user.
  public var description: String {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: "\(path): cannot be written, the disk is full; free some space"
    case ENOENT, ENOTDIR: "\(path): cannot be written, its folder does not exist; make it first"
    case EISDIR: "\(path): a folder; give the name of a file"
    case EACCES, EPERM, EROFS: "\(path): cannot be written, no right to; choose another place"
    default: "\(path): cannot be written (\(String(cString: strerror(code)))); choose another place"
    }
  }
}
