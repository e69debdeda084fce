import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// The command `students`.
@main struct Students: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "students",
    abstract: "Learn from good images alone, then mark what is wrong in new ones.",
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
      guard exitCode(for: error) != .success else {
        say(lines: fullMessage(for: error))  // --help and --version
        Terminal.end(0)
      }
      complain("students: \(complaint(about: error))")
      Terminal.end(2)
    }
  }

  /// What is said of an error, in one line: with what to do about it, or where to read about the command
  /// that was not understood.
  static func complaint(about error: any Error) -> String {
    guard exitCode(for: error) == .validationFailure else {
      return [message(for: error), remedy(for: error)].compactMap(\.self).joined(separator: "; ")
    }
    // Choices come as a list below.
    let choices = message(for: error).components(separatedBy: "\n  - ")
    let text = choices[0] + (choices.count == 1 ? "" : " " + choices[1...].joined(separator: ", "))
    let help = fullMessage(for: error).split(separator: "\n").last { $0.contains("--help") }
    return [text.hasSuffix(".") ? text : "\(text).", help?.trimmingCharacters(in: .whitespaces)]
      .compactMap(\.self).joined(separator: " ")
  }
}

/// A wish that cannot be fulfilled, in one line.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
