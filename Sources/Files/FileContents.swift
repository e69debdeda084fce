public import Foundation

/// What is in a plain file: mapped into memory where it is large, not read.
///
/// - Parameter path: The file. Pipes and devices, which might never end, are refused.
/// - Returns: Its bytes; nil where it is missing, no plain file, or may not be read.
public func contents(ofFile path: String) -> Data? {
  // Without waiting for somebody to write into a pipe.
  let file = withSystemPath(path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
  guard file >= 0 else { return nil }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  guard status.st_size > 0 else { return Data() }
  let count = Int(status.st_size)
  guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
    return nil
  }
  let mapped = Data(bytesNoCopy: start, count: count, deallocator: .unmap)
  // A small one is let go of at once: others may replace it by a shorter one.
  return count > 1 << 16 ? mapped : Data(Array(mapped))
}
