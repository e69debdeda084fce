import Files
import Foundation

/// A command of the shell that runs as a group of processes: what ends it ends all that it has started.
struct ShellCommand: Sendable {
  private let process: pid_t

  /// Starts a command, its output where ours complains.
  ///
  /// - Parameters:
  ///   - command: As the shell reads it.
  ///   - input: The file that it reads as standard input.
  ///   - environment: What it sees beside our own variables.
  /// - Throws: ``DeliveryError`` where it cannot be started.
  init(_ command: String, input: String, environment: [String: String]) throws {
    #if canImport(Darwin)
      var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?) = (nil, nil)
    #else
      var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    withSystemPath(input) {
      _ = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, $0, O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    // A group of its own, and no signal that this program ignores or holds back.
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var process = pid_t()
    let error = Self.withTexts(["/bin/sh", "-c", command]) { arguments in
      Self.withTexts(variables.map { "\($0)=\($1)" }) {
        posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, $0)
      }
    }
    guard error == 0 else {
      throw DeliveryError(description: "it cannot be started: \(String(cString: strerror(error)))")
    }
    self.process = process
  }

  /// Waits until the command itself has ended, whatever it has left running in the background.
  ///
  /// Until ``status()`` its number belongs to nobody else.
  func waitForEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
  }

  /// What an ended command says: 0 where all went well; of a signal its number and 128, as the shell does.
  func status() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
  }

  /// Ends it at once, and all that it has started.
  func kill() { _ = Foundation.kill(-process, SIGKILL) }

  /// Lends texts as C wants them: an array that ends with nothing.
  private static func withTexts<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
