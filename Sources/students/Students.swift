import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// The command `students`.
@main struct Students: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "students",
    abstract: "Learns from good images alone, then marks what is wrong in a new one.",
    discussion: """
      A first tour:
        students sample-data parts                 draw a small data set
        students train parts/train/good -o part.students
        students inspect part.students parts/test/scratched --heatmaps maps
        students evaluate part.students parts --report report
      """,
    version: Version.text,
    subcommands: [
      Train.self, Inspect.self, Evaluate.self, Calibrate.self, Teach.self, Reproduce.self,
      Info.self, SampleDataCommand.self,
    ]
  )

  /// Ends with 0 (good), 1 (an anomaly was found), 2 (an error), or 130 (interrupted).
  static func main() async {
    // A limit on the size of files is to be an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    Runtime.keepFreedMemory()
    do {
      var command = try parseAsRoot(SystemPath.arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let code as ExitCode {
      exit(withError: code)
    } catch  where exitCode(for: error) == .success {
      exit(withError: error)  // --help and --version
    } catch is CancellationError {
      complain("stopped; the work so far is kept, go on with --resume")
      exit(withError: ExitCode(130))
    } catch {
      let isUsage = exitCode(for: error) == .validationFailure
      complain(isUsage ? fullMessage(for: error) : "students: \(message(for: error))")
      exit(withError: ExitCode(2))
    }
  }
}

/// One line on standard error.
func complain(_ line: String) {
  FileHandle.standardError.write(Data("\(line)\n".utf8))
}

/// One line on standard output, at once, also into a pipe.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

/// A wish that cannot be fulfilled, in one line.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
