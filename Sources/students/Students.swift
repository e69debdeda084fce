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
      Train.self, Inspect.self, Merge.self, Evaluate.self, Calibrate.self, Verify.self, Export.self,
    ] + service
      + [Teach.self, Reproduce.self, Join.self, Info.self, SampleDataCommand.self]
  )

  #if Service
    private static let service: [any ParsableCommand.Type] = [Serve.self, HistoryCommand.self]
  #else
    private static let service: [any ParsableCommand.Type] = []
  #endif

  /// Ends with 0 (good), 1 (an anomaly was found), 2 (an error, or what was to be said could not be
  /// written), or 130 (interrupted).
  static func main() async {
    Terminal.prepare()
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
      Terminal.end(0)
    } catch let code as ExitCode {
      Terminal.end(code.rawValue)
    } catch let stopped as Stopped {
      complain(stopped.description)
      Terminal.end(130)
    } catch {
      switch exitCode(for: error) {
      case .success: say(lines: fullMessage(for: error))  // --help and --version
      case .validationFailure: complain("students: \(message(for: error)) \(hint(about: error))")
      default:
        complain(
          "students: "
            + [message(for: error), remedy(for: error)].compactMap(\.self)
            .joined(separator: "; "))
      }
      Terminal.end(exitCode(for: error) == .success ? 0 : 2)
    }
  }

  /// Where to read about the command that was not understood.
  private static func hint(about error: any Error) -> String {
    let lines = fullMessage(for: error).split(separator: "\n")
    return lines.last { $0.contains("--help") }?.trimmingCharacters(in: .whitespaces) ?? ""
  }
}

/// A wish that cannot be fulfilled, in one line.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
