public import Foundation

/// What is in a plain file, read into memory: a file that others cut meanwhile harms nobody.
///
/// - Parameters:
///   - path: The file.
///   - limit: The most bytes that are read.
/// - Returns: Its bytes; nil where there is none of this name, or it is a folder, a pipe or a device,
///   which might never end.
/// - Throws: ``FileReadingError`` where it is there and cannot be read: what is out of reach for a moment
///   is not to be taken for missing, and replaced.
public func contents(ofFile path: String, limit: Int = 1 << 28) throws -> Data? {
  var data = Data()
  let isThere = try readParts(ofFile: path) { part, size in
    guard size <= limit else { throw FileReadingError(path, EFBIG) }
    data.append(contentsOf: part)
  }
  return isThere ? data : nil
}

/// Reads a plain file part by part.
///
/// - Parameters:
///   - path: The file.
///   - body: Is given each part and the size of the file, once with no bytes of an empty file.
/// - Returns: Whether there is one.
/// - Throws: ``FileReadingError`` where it cannot be read, or is cut meanwhile; what `body` throws.
func readParts(
  ofFile path: String, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
) throws -> Bool {
  // Without waiting for somebody to write into a pipe.
  let file = withSystemPath(path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
  guard file >= 0 else {
    guard [ENOENT, ENOTDIR, ENXIO].contains(errno) else { throw FileReadingError(path, errno) }
    return false
  }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw FileReadingError(path, errno) }
  guard status.st_mode & S_IFMT == S_IFREG else { return false }
  let size = Int(status.st_size)
  var buffer = [UInt8](repeating: 0, count: min(max(size, 1), 1 << 20))
  var done = 0
  repeat {
    let wanted = min(buffer.count, size - done)
    let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, wanted) }
    if count < 0 && errno == EINTR { continue }
    guard count >= 0 else { throw FileReadingError(path, errno) }
    guard count > 0 || size == 0 else { throw FileReadingError(path, ENODATA) }
    done += count
    try buffer.withUnsafeBytes { try body(.init(rebasing: $0[..<count]), size) }
  } while done < size
  return true
}

/// Why a file cannot be read that is there.
public struct FileReadingError: Error, CustomStringConvertible, Equatable {
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
    case EACCES, EPERM: "\(path): cannot be read: permission denied; check its permissions"
    case EFBIG: "\(path): too large for the kind of file that is expected; check the path"
    case ENODATA:
      "\(path): ends before its reported size; it is still being written, or its disk is failing"
    default:
      "\(path): cannot be read (\(String(cString: strerror(code)))); check the file and its disk"
    }
  }
}
