import Files
import Foundation
import Synchronization

/// Standard output and standard error, which may be full, closed, or read by nobody.
enum Terminal {
  /// Where lines go.
  enum Stream {
    /// Results.
    case output
    /// Everything else.
    case error

    fileprivate var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
  }

  /// Readies the three standard descriptors, before any file is opened.
  ///
  /// A closed one would go to the next file that is opened, and lines for the user would end up in a
  /// model. `/dev/null` takes its place, opened the wrong way round: writing still fails.
  static func prepare() {
    // A reader that has gone is to be an error like a full disk, not the end.
    signal(SIGPIPE, SIG_IGN)
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  private static let isErrorLost = Mutex(false)

  /// Writes all of a text.
  ///
  /// Where results cannot be written the process ends; a message that is lost costs the status.
  static func write(_ text: String, to stream: Stream) {
    let code = written(Array(text.utf8), stream.descriptor)
    guard code != 0 else { return }
    guard stream == .output else { return isErrorLost.withLock { $0 = true } }
    complain(
      "students: standard output cannot be written (\(String(cString: strerror(code)))); "
        + "nothing more was done")
    // Threads may be at work that cannot be stopped.
    _exit(2)
  }

  /// Ends the process at once: nothing is held back that would have to be written.
  ///
  /// `exit` would take down the libraries while threads of ours, such as those that close connections,
  /// are still using them, and now and then that ends in a crash instead of the verdict.
  static func end(_ status: Int32) -> Never {
    let isSilent = isErrorLost.withLock { $0 } && (status == 0 || status == 1)
    _exit(isSilent ? 2 : status)
  }

  /// Gives the system's error number, 0 where all went well.
  private static func written(_ bytes: [UInt8], _ descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 {
        return ENOSPC
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// One line on standard error.
func complain(_ line: String) {
  Terminal.write("\(shown(line))\n", to: .error)
}

/// One line on standard output, at once, also into a pipe.
func say(_ line: String) {
  Terminal.write("\(shown(line))\n", to: .output)
}

/// Several lines on standard output.
func say(lines: String) {
  for line in lines.split(separator: "\n", omittingEmptySubsequences: false) { say(String(line)) }
}

/// A text as it can be shown: what controls a terminal, breaks the line or turns its direction is
/// written out, as JSON does it (`\u001b`, `\n`).
///
/// Names of files and texts of model files come from others. A line of JSON stays the same JSON.
func shown(_ text: String) -> String {
  let text = SystemPath.readable(text)
  guard text.unicodeScalars.contains(where: isControl) else { return text }
  return text.unicodeScalars.map { scalar in
    guard isControl(scalar) else { return String(scalar) }
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default: return String(scalar).utf16.map { String(format: "\\u%04x", $0) }.joined()
    }
  }.joined()
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator: true
  // Joiners shape the words of many scripts, and turn nothing.
  case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
  default: false
  }
}
