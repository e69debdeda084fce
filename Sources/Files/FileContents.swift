public import Foundation

/// What is in a plain file.
///
/// It is read, not mapped: a file that is cut meanwhile would end the process.
///
/// - Parameters:
///   - path: The file. Pipes and devices, which might never end, are refused.
///   - limit: The most bytes that are read.
/// - Returns: Its bytes; nil where it is missing, no plain file, larger, or may not be read.
public func contents(ofFile path: String, limit: Int = 1 << 26) -> Data? {
  var data = Data()
  let isWhole = readParts(ofFile: path) { part, size in
    guard size <= limit else { return false }
    data.append(contentsOf: part)
    return true
  }
  return isWhole ? data : nil
}

/// Reads a plain file part by part.
///
/// - Parameters:
///   - path: The file.
///   - body: Is given each part and the size of the file, once with no bytes of an empty file; ends
///     the reading by false.
/// - Returns: Whether all of it was read, as many bytes as it had in the beginning.
func readParts(ofFile path: String, _ body: (UnsafeRawBufferPointer, Int) -> Bool) -> Bool {
  // Without waiting for somebody to write into a pipe.
  let file = withSystemPath(path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
  guard file >= 0 else { return false }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
  let size = Int(status.st_size)
  var buffer = [UInt8](repeating: 0, count: min(max(size, 1), 1 << 20))
  var done = 0
  repeat {
    let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 || size == 0, count >= 0 else { return false }
    done += count
    guard done <= size, buffer.withUnsafeBytes({ body(.init(rebasing: $0[..<count]), size) }) else {
      return false
    }
  } while done < size
  return true
}
