import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

@testable import students

@Suite(.serialized) struct `The terminal` {
  /// Runs a script in which `$S` is the program.
  private func shell(_ script: String) throws -> Program {
    try Program(shell: "S='\(Program.path)'; \(script)")
  }

  /// Runs a script whose output goes into a pipe that has lost its reader.
  private func withoutReader(_ script: String) throws -> (status: Int32, errors: String) {
    let (process, output, errors) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script]
    process.standardOutput = output.fileHandleForWriting
    process.standardError = errors
    try output.fileHandleForReading.close()
    try process.run()
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  #if os(Linux)
    /// Libraries that are taken down while threads still use them crash, now and then.
    @Test func `ends without taking down libraries`() throws {
      // The linker tells of each library what it does with it.
      for command in ["--version", "info /nowhere", "sample-data"] {
        let told = try shell("LD_DEBUG=files $S \(command)").errors
        #expect(told.contains("calling init:") && !told.contains("calling fini:"), "\(command)")
      }
    }
  #endif

  @Test func `may be full, closed, or gone`() async throws {
    try await withTemporaryFolder { folder in
      let teacher = "\(folder)/t"
      try TeacherFile(PatchDescriptor(.p17, seed: 1), card: ["by": "hand"]).write(to: teacher)
      for command in ["--help", "--version", "info \(teacher)"] {
        for place in ["/dev/full", "&-"] {
          let ended = try shell("$S \(command) >\(place)")
          #expect(ended.status == 2, "\(command) >\(place)")
          #expect(ended.errors.hasPrefix("students: standard output cannot be written"))
          #expect(ended.errors.split(separator: "\n").count == 1, "\(ended.errors)")
        }
        // Nobody reads, whether that is a signal by default or not.
        for trap in ["", "trap '' PIPE;"] {
          let ended = try withoutReader("\(trap) \(Program.path) \(command)")
          #expect(ended.status == 2)
          #expect(ended.errors.hasPrefix("students: standard output cannot be written"))
        }
      }
      // Messages that are lost cost the status, not the work.
      for place in ["/dev/full", "&-"] {
        let drawn = try shell(
          "$S sample-data '\(folder)/d' --training 1 --test 1 --size 32 2>\(place)")
        #expect(drawn.status == 2)
        #expect(FileManager.default.fileExists(atPath: "\(folder)/d/test/good/000.png"))
        #expect(try shell("$S nonsense 2>\(place)").status == 2)
      }
      // With all three closed, files that are opened do not get lines for the terminal.
      let before = try bytes(teacher)
      #expect(try shell("$S info \(teacher) <&- >&- 2>&-").status == 2)
      #expect(try bytes(teacher) == before)
    }
  }

  @Test(arguments: [
    ("plain ä 漢 👩‍👩‍👧", "plain ä 漢 👩‍👩‍👧"),
    ("\u{1B}[31mred", "\\u001b[31mred"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{9B}2J", "\\u009b2J"),
    ("exe\u{202E}gnp.png", "exe\\u202egnp.png"), ("\u{2028}\u{2029}", "\\u2028\\u2029"),
    ("\u{E0001}", "\\udb40\\udc01"), ("\u{7F}\u{FEFF}", "\\u007f\\ufeff"),
  ])
  func `shows what would control it written out`(text: String, expected: String) throws {
    #expect(shown(text) == expected)
    // A line of JSON says the same as before.
    let line = try [text].json()
    #expect(try JSONDecoder().decode([String].self, from: Data(shown(line).utf8)) == [text])
  }

  @Test func `is safe from names of files`() async throws {
    try await withTemporaryFolder { folder in
      let name = "\(folder)/\u{1B}]0;owned\u{07}\u{202E}.png"
      let refused = try Program(["info", name])
      #expect(refused.status == 2)
      #expect(refused.errors.contains("\\u001b]0;owned\\u0007\\u202e.png: cannot be read"))
      try TeacherFile(PatchDescriptor(.p17, seed: 1), card: ["by\n\u{1B}[2J": "\u{9B}1m"])
        .write(to: name)
      let info = try Program(["info", name])
      #expect(info.output.contains("by\\n\\u001b[2J") && info.output.contains("\\u009b1m"))
      #expect(info.output.split(separator: "\n").count == 4)
    }
  }
}

/// Numbers that are too large, too small, or none.
@Suite struct `Numbers of options` {
  @Test(arguments: [
    "--threads 3000000000", "--threads 0", "--epochs 9223372036854775807", "--epochs 0",
    "--epochs -1", "--epochs 99999999999999999999999", "--vectors 0",
    "--vectors 9223372036854775807", "--learning-rate nan", "--learning-rate inf",
    "--learning-rate -1", "--learning-rate 1e30", "--validation nan", "--validation 1",
    "--validation 0", "--seed -1", "--seed 18446744073709551616", "--students 101",
    "--image-size 63", "--image-size 9000000000", "--max-pixels 0", "--max-pixels -5",
    "--max-pixels 9223372036854775807", "--pca nan", "--pca 1.01", "--nu 0", "--gamma nan",
    "--gamma inf", "--gamma 1e300", "--centers -3", "--search-steps 1e9", "--encoder-depth 0",
    "--scales 18", "--scales ,", "--value-range 5", "--value-range 7,3", "--value-range nan,1",
  ])
  func `of train are refused with their range`(option: String) throws {
    try expectRefused(["train", "none", "-o", "none.students"], option)
  }

  @Test(arguments: [
    ("teach none -o none.students", "--steps -1"), ("teach none -o none.students", "--batch 1"),
    ("teach none -o none.students", "--margin nan"), ("teach none -o none.students", "--margin 0"),
    ("teach none -o none.students", "--losses k,c=inf"),
    ("teach none -o none.students", "--losses k,c=nan"),
    ("teach none -o none.students", "--losses k=-1"),
    ("teach none -o none.students", "--losses k,k"),
    ("teach none -o none.students", "--encoder-side 15"),
    ("teach none -o none.students", "--learning-rate 0"),
    ("teach none -o none.students", "--encoder-depth 101"),
    ("inspect none none", "--false-alarms nan"), ("inspect none none", "--false-alarms -0.1"),
    ("inspect none none", "--false-alarms 1.5"), ("inspect none none", "--threads -1"),
    ("reproduce mnist --data none", "--train-limit 1"),
    ("reproduce mnist --data none", "--test-limit 0"),
    ("reproduce mnist --data none", "--epochs 1000001"),
    ("reproduce cifar10 --data none", "--classes airplane"),
    ("reproduce mnist --data none --output none", "--part 4/3"),
    ("reproduce mvtec --data none --output none", "--part all"),
    ("reproduce cifar10 --data none", "--methods knn,foo"), ("evaluate none none", "--scales 9"),
    ("evaluate none none", "--false-alarms 2"), ("evaluate none none", "--false-alarms nan"),
    ("reproduce mvtec --data none", "--students 0..3"),
    ("reproduce mvtec --data none", "--students 1..101"),
    ("reproduce mvtec --data none", "--students 3..2"),
    ("sample-data none", "--size 5000"), ("sample-data none", "--training 0"),
    ("sample-data none", "--test 9223372036854775807"),
  ])
  func `of other commands are refused with their range`(command: String, option: String) throws {
    try expectRefused(command.split(separator: " ").map(String.init), option)
  }

  private func expectRefused(_ command: [String], _ option: String) throws {
    let words = option.split(separator: " ", maxSplits: 1).map(String.init)
    let error = try #require(throws: (any Error).self) {
      _ = try Students.parseAsRoot(command + words)
    }
    let line = Students.message(for: error)
    #expect(Students.exitCode(for: error) == .validationFailure)
    #expect(line.contains("'\(words[0]) ") && line.contains(": it must be "), "\(line)")
  }

  @Test func `are refused in one line`() throws {
    let refused = try Program(["train", "none", "-o", "none.students", "--epochs", "-1"])
    #expect(refused.status == 2)
    #expect(
      refused.errors == """
        students: The value '-1' is invalid for '--epochs <epochs>': it must be a whole number from \
        1 to 1000000. See 'students train --help' for more information.

        """)
    #expect(!FileManager.default.fileExists(atPath: "none.students.checkpoint"))
  }

  @Test func `have defaults that the help tells`() throws {
    let help = try Program(["train", "--help"])
    #expect(help.output.contains("Students for each receptive field. (default: 3)"))
    #expect(help.output.contains("same file. (default: 1)"))
  }
}
