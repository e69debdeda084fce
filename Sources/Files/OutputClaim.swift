import Foundation

/// The right to work on an output, which one run has at a time.
///
/// A lock on a file beside the output, `OUTPUT.lock`. It ends with the process, however that ends: a
/// file that a killed run has left stops nobody.
public final class OutputClaim: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Claims an output until ``release()``.
  ///
  /// - Throws: ``OutputClaimError`` where another run has it, ``FileError`` where no file can be made
  ///   beside it.
  public init(_ output: String) throws {
    let path = try OutputPlace(output).path + ".lock"
    self.path = path
    while true {
      let descriptor = withSystemPath(path) {
        open($0, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666)
      }
      guard descriptor >= 0 else {
        if errno == EINTR { continue }
        throw FileError(path, .system(errno))
      }
      // Where the file system has no locks, there are none.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        let holder = Self.holder(descriptor)
        close(descriptor)
        throw OutputClaimError(output: output, process: holder)
      }
      // Who had it before may have deleted the file meanwhile.
      let isSame = Result { try Self.isSameFile(descriptor, path) }
      if case .success(true) = isSame {
        self.descriptor = descriptor
        break
      }
      close(descriptor)
      _ = try isSame.get()
    }
    let number = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, number, number.count, 0)
  }

  /// Lets others have the output.
  public func release() {
    // Deleted before it is let go of, so that nobody takes a file that is about to go.
    if (try? Self.isSameFile(descriptor, path)) == true {
      withSystemPath(path) { _ = unlink($0) }
    }
    flock(descriptor, LOCK_UN)
  }

  deinit { close(descriptor) }

  /// Whether a path still leads to an open file.
  private static func isSameFile(_ descriptor: Int32, _ path: String) throws -> Bool {
    var (open, named) = (stat(), stat())
    guard fstat(descriptor, &open) == 0 else { throw FileError(path, .system(errno)) }
    guard withSystemPath(path, { lstat($0, &named) }) == 0 else {
      guard errno == ENOENT else { throw FileError(path, .system(errno)) }
      return false
    }
    return open.st_ino == named.st_ino && open.st_dev == named.st_dev
  }

  /// The number of the process that wrote it there; nil where it has not yet.
  private static func holder(_ descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}

/// Another run works on the same output.
public struct OutputClaimError: Error, CustomStringConvertible, Equatable {
  /// The output.
  public let output: String
  /// The other run's process, where it is known.
  public let process: Int?

  /// One line for the user.
  public var description: String {
    "\(output): another run is working on it\(process.map { " (process \($0))" } ?? ""); "
      + "wait until that run has ended, or choose another output"
  }
}
