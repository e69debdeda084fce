import Foundation
import Synchronization

/// A file under a name that nobody else knows of, beside the one that it will become.
///
/// Its writer holds a lock on it, which tells it from what a killed run has left.
struct TemporaryFile {
  private let path: String
  private let descriptor: Int32

  /// - Throws: ``FileError`` where none can be made.
  init(for place: OutputPlace) throws {
    Self.removeLeftovers(in: place.folder)
    while true {
      // Random, so that nobody can put a link or a file of theirs in its way.
      let path = "\(place.folder)/\(Self.prefix)\(UInt64.random(in: 0 ... .max))\(Self.suffix)"
      // What replaces a private file is never readable to others, not for a moment.
      let descriptor = withSystemPath(path) {
        open(
          $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
          place.replaced == nil ? 0o666 : 0o600)
      }
      guard descriptor >= 0 else {
        if errno == EEXIST || errno == EINTR { continue }
        throw FileError(path, .system(errno))
      }
      _ = flock(descriptor, LOCK_EX | LOCK_NB)
      self.path = path
      self.descriptor = descriptor
      if let replaced = place.replaced {
        // Of another owner only root can keep it; others get a file of their own.
        if fchown(descriptor, replaced.st_uid, replaced.st_gid) != 0 {
          _ = fchown(descriptor, uid_t.max, replaced.st_gid)
        }
        // Where that fails, the file system keeps no rights.
        _ = fchmod(descriptor, replaced.st_mode & 0o777)
      }
      return
    }
  }

  /// Writes all of it, onto the disk where it `syncs`.
  func write(_ data: Data, syncs: Bool) throws {
    try writeAll(data, to: descriptor, of: path)
    guard syncs else { return }
    guard fsync(descriptor) == 0 else { throw FileError(path, .system(errno)) }
  }

  /// Puts it in the place of what was there, and makes that last where it `syncs`.
  func rename(to place: OutputPlace, syncs: Bool) throws {
    let status = withSystemPath(path) { old in
      withSystemPath(place.path) { Foundation.rename(old, $0) }
    }
    guard status == 0 else { throw FileError(path, .system(errno)) }
    close(descriptor)
    if syncs { try SyncedPlace(place.folder).sync() }
  }

  /// Deletes it.
  func remove() {
    withSystemPath(path) { _ = unlink($0) }
    close(descriptor)
  }

  // MARK: - What killed runs have left

  private static let prefix = ".students-"
  private static let suffix = ".part"
  /// How old a leftover is at least, in seconds: locks of other machines are not seen everywhere.
  private static let leastAge = 3600
  /// The folders that were looked through.
  private static let searched = Mutex<Set<String>>([])

  /// Deletes temporary files that nobody writes, once a folder and process.
  private static func removeLeftovers(in folder: String) {
    guard searched.withLock({ $0.insert(folder).inserted }) else { return }
    for name in (try? names(inFolder: folder)) ?? []
    where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let path = "\(folder)/\(name)"
      let descriptor = withSystemPath(path) {
        open($0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      }
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        time(nil) - Int(status.lastChange) > leastAge, flock(descriptor, LOCK_EX | LOCK_NB) == 0
      else { continue }
      withSystemPath(path) { _ = unlink($0) }
    }
  }
}

/// A file or folder that is to be on the disk.
struct SyncedPlace {
  private let path: String

  init(_ path: String) { self.path = path }

  /// Waits until it is.
  func sync() throws {
    let descriptor = withSystemPath(path) { open($0, O_RDONLY | O_CLOEXEC) }
    // Not every folder that may be written may be read, and not every file system syncs folders.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw FileError(path, .system(errno))
    }
  }
}

extension stat {
  /// When the contents last changed, in seconds.
  fileprivate var lastChange: time_t {
    #if canImport(Darwin)
      st_mtimespec.tv_sec
    #else
      st_mtim.tv_sec
    #endif
  }
}

/// Writes all bytes to an open file, however many the system takes at once.
///
/// - Throws: ``FileError`` that names the file; some of the bytes may be in it then.
func writeAll(_ data: Data, to descriptor: Int32, of path: String) throws {
  try data.withUnsafeBytes { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError(path, .system(count == 0 ? ENOSPC : errno)) }
      rest = rest.dropFirst(count)
    }
  }
}
