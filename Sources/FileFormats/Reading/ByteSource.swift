import Files
package import Foundation

/// Bytes of which any part can be read: those of a plain file, or some in memory.
///
/// A file is read part by part and not mapped, so that others may cut it meanwhile: that is an error
/// then, and no end of the process. What a few bytes announce is never taken memory for unless the
/// file has it.
package struct ByteSource: Sendable {
  /// How many bytes there are.
  package let count: Int
  private let read: @Sendable (_ start: Int, _ count: Int) throws -> Data

  /// Bytes in memory.
  package init(_ data: Data) {
    count = data.count
    read = { data[data.startIndex + $0..<data.startIndex + $0 + $1] }
  }

  /// A file; pipes and devices, which might never end, are refused.
  ///
  /// - Throws: ``FormatFault``.
  package init(contentsOf path: String, limits: Limits = .standard) throws {
    let file = try PlainFile(path)
    guard file.size <= limits.fileBytes else {
      throw FormatFault.tooMuch("\(file.size) bytes, more than \(limits.fileBytes)")
    }
    count = file.size
    read = { try file.bytes(at: $0, count: $1) }
  }

  /// Some of the bytes.
  ///
  /// - Throws: ``FormatFault/truncated`` where there are not so many.
  package func bytes(at start: Int, count: Int) throws -> Data {
    guard start >= 0, count >= 0, start <= self.count, count <= self.count - start else {
      throw FormatFault.truncated
    }
    return count == 0 ? Data() : try read(start, count)
  }
}

/// An open file that can be read again and again.
final class PlainFile: Sendable {
  private let descriptor: Int32
  let size: Int

  init(_ path: String) throws {
    // Without waiting for somebody to write into a pipe.
    let opened = withSystemPath(path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard opened >= 0 else { throw Self.fault(errno) }
    do {
      size = try Self.size(opened)
    } catch {
      close(opened)
      throw error
    }
    descriptor = opened
  }

  deinit { close(descriptor) }

  private static func size(_ descriptor: Int32) throws -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw fault(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw fault(EISDIR)
    default:
      throw FormatFault.unreadable("it is a pipe or a device; save its output as a file first")
    }
  }

  private static func fault(_ code: Int32) -> FormatFault {
    switch code {
    case ENOENT, ENOTDIR: .unreadable("there is no such file; check its name")
    case EISDIR: .unreadable("it is a folder; give the name of a file")
    case EACCES, EPERM: .unreadable("permission denied; check its permissions")
    default: .unreadable("\(String(cString: strerror(code))); check the file and its disk")
    }
  }

  /// Another descriptor of the file at its start, for a library to close.
  func duplicate() throws -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Self.fault(errno) }
    return copy
  }

  func bytes(at start: Int, count: Int) throws -> Data {
    var data = Data(count: count)
    try data.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
        let read = pread(descriptor, rest.baseAddress, rest.count, off_t(start + done))
        if read < 0 && errno == EINTR { continue }
        guard read >= 0 else { throw Self.fault(errno) }
        guard read > 0 else { throw FormatFault.truncated }
        done += read
      }
    }
    return data
  }
}
