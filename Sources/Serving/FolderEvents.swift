import Files
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// What happens to the files of a folder, as far as the system tells, and a beat every second.
enum FolderEvents {
  /// One thing that happened.
  enum Event: Sendable, Equatable {
    /// Somebody writes a file, or is about to.
    case writing(String)
    /// A file was closed after writing, or moved in: it is whole.
    case whole(String)
    /// Time to look.
    case beat
  }

  /// Events until the stream is dropped.
  ///
  /// A file system that has no events, such as one of another machine, gives beats alone.
  static func stream(of folder: String) -> AsyncStream<Event> {
    AsyncStream { continuation in
      let beats = Task {
        while !Task.isCancelled {
          continuation.yield(.beat)
          try await Task.sleep(for: .seconds(1))
        }
      }
      let watch = Watch(folder) { continuation.yield($0) }
      continuation.onTermination = { _ in
        beats.cancel()
        watch?.end()
      }
    }
  }

  #if canImport(Glibc)
    /// The system's own watch on Linux.
    private final class Watch: Sendable {
      private let isEnded = Atomic(false)

      init?(_ folder: String, _ tell: @escaping @Sendable (Event) -> Void) {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { return nil }
        let wanted = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO
        let added = withSystemPath(folder) { inotify_add_watch(descriptor, $0, UInt32(wanted)) }
        guard added >= 0 else {
          close(descriptor)
          return nil
        }
        Thread.detachNewThread { [self] in
          // Closed by nobody else: its number would go to another watch, whose events end up here.
          defer { close(descriptor) }
          var bytes = [UInt8](repeating: 0, count: 1 << 16)
          while !isEnded.load(ordering: .relaxed) {
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 500) >= 0 || errno == EINTR else { return }
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0 {
              if errno == EAGAIN || errno == EINTR { continue }
              return
            }
            Self.events(in: bytes[..<count]).forEach(tell)
          }
        }
      }

      func end() { isEnded.store(true, ordering: .relaxed) }

      /// `struct inotify_event`: watch, mask, cookie and the length of the name, 32 bits each, and the name.
      private static func events(in bytes: ArraySlice<UInt8>) -> [Event] {
        var (events, rest) = ([Event](), bytes)
        while rest.count >= 16 {
          let number = { (place: Int) in
            (0..<4).reduce(UInt32(0)) {
              $0 | UInt32(rest[rest.startIndex + place + $1]) << (8 * UInt32($1))
            }
          }
          let (mask, length) = (number(4), Int(number(12)))
          guard rest.count >= 16 + length else { break }
          let name = rest.dropFirst(16).prefix(length).prefix { $0 != 0 }
          rest = rest.dropFirst(16 + length)
          guard !name.isEmpty else { continue }
          let text = SystemPath.text(Array(name))
          let isWhole = mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0
          events.append(isWhole ? .whole(text) : .writing(text))
        }
        return events
      }
    }
  #else
    private final class Watch: Sendable {
      init?(_ folder: String, _ tell: @escaping @Sendable (Event) -> Void) { return nil }
      func end() {}
    }
  #endif
}
