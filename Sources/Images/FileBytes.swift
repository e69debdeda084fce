import Files
import Foundation

/// The bytes of a file, read into memory: a file that changes meanwhile cannot harm a decoder.
enum FileBytes {
  /// Reads a regular file, or where the caller names it himself also a pipe.
  ///
  /// - Parameters:
  ///   - path: The file; `-` is standard input where pipes are taken.
  ///   - limit: The most bytes to read.
  ///   - takesPipes: Whether pipes and sockets are read to their end.
  /// - Returns: Its bytes.
  /// - Throws: ``ImageFileError`` that names the file.
  static func read(_ path: String, limit: Int, takesPipes: Bool) throws -> [UInt8] {
    let isInput = takesPipes && ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(path)
    let file = isInput ? dup(STDIN_FILENO) : try opened(path, takesPipes: takesPipes)
    guard file >= 0 else { throw error(path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw ImageFileError.unreadable(path) }
    // Nobody types an image.
    guard !isInput || isatty(file) == 0 else { throw ImageFileError.empty(path) }
    let size = try expectedSize(status, path, takesPipes: takesPipes, isInput: isInput)
    guard size <= limit else { throw ImageFileError.tooManyBytes(path, limit: limit) }
    return try bytes(of: file, path, expected: size, limit: limit)
  }

  private static func opened(_ path: String, takesPipes: Bool) throws -> Int32 {
    // A pipe that the user names is waited for. It is not opened before to see what it is: its writer
    // would begin then, and find nobody.
    var status = stat()
    let isAwaited =
      takesPipes && withSystemPath(path) { stat($0, &status) } == 0
      && status.st_mode & S_IFMT == S_IFIFO
    // Another pipe that nobody writes to would keep open() waiting for ever.
    return withSystemPath(path) {
      open($0, O_RDONLY | O_CLOEXEC | (isAwaited ? 0 : O_NONBLOCK))
    }
  }

  private static func error(_ path: String) -> ImageFileError {
    switch errno {
    case ENOENT, ENOTDIR: .missing(path)
    case ENXIO: .notAFile(path)
    default: .unreadable(path)
    }
  }

  private static func expectedSize(
    _ status: stat, _ path: String, takesPipes: Bool, isInput: Bool
  ) throws -> Int {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return max(0, Int(status.st_size))
    case S_IFDIR: throw ImageFileError.unreadable(path)
    case S_IFIFO, S_IFSOCK:
      guard takesPipes else { throw ImageFileError.notAFile(path) }
      return 0
    case S_IFCHR where isInput: return 0
    default: throw ImageFileError.notAFile(path)
    }
  }

  private static func bytes(
    of file: Int32, _ path: String, expected: Int, limit: Int
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expected + 1)
    while true {
      // One byte more than expected shows the end.
      let room = max(bytes.capacity - bytes.count, 1 << 16)
      var count = 0
      let block = [UInt8](unsafeUninitializedCapacity: min(room, 1 << 22)) { buffer, filled in
        repeat {
          count = Foundation.read(file, buffer.baseAddress, buffer.count)
        } while count < 0 && errno == EINTR
        filled = max(0, count)
      }
      // Standard input may be closed.
      guard count >= 0 || errno != EBADF else { throw ImageFileError.empty(path) }
      guard count >= 0 else { throw ImageFileError.unreadable(path) }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= limit else {
        throw ImageFileError.tooManyBytes(path, limit: limit)
      }
      bytes += block
    }
  }
}
