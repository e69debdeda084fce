import Foundation
import Synchronization

/// The real program, run as its user runs it.
struct Program {
  let status: Int32
  let output: String
  let errors: String

  static var path: String { "\(Bundle.main.bundleURL.path)/students" }

  /// Runs the program to its end.
  init(_ arguments: [String], fileLimit: Int? = nil) throws {
    try self.init(Self.started(arguments, fileLimit: fileLimit))
  }

  /// Runs a script of the shell to its end.
  init(shell script: String) throws {
    try self.init(Self.started(["-c", script], at: "/bin/bash"))
  }

  /// Runs another program to its end.
  init(_ arguments: [String], at path: String) throws {
    try self.init(Self.started(arguments, at: path))
  }

  private init(_ started: Started) throws {
    // Both pipes are read at once, so that neither fills up and stops the program.
    let errors = Mutex(Data())
    let isRead = DispatchSemaphore(value: 0)
    let reader = Thread { [pipe = started.errors] in
      errors.withLock { $0 = pipe.fileHandleForReading.readDataToEndOfFile() }
      isRead.signal()
    }
    reader.start()
    let output = started.output.fileHandleForReading.readDataToEndOfFile()
    started.process.waitUntilExit()
    isRead.wait()
    status = started.process.terminationStatus
    self.output = String(decoding: output, as: UTF8.self)
    self.errors = String(decoding: errors.withLock { $0 }, as: UTF8.self)
  }

  struct Started {
    let process: Process
    let output: Pipe
    let errors: Pipe

    /// Reads lines of the output until one matches, and gives the number that it names.
    func number(_ pattern: Regex<(Substring, Substring)>) throws -> Int? {
      var text = Data()
      while true {
        let more = output.fileHandleForReading.availableData
        guard !more.isEmpty else { return nil }
        text += more
        let found = String(decoding: text, as: UTF8.self).firstMatch(of: pattern)
        if let found { return Int(found.1) }
      }
    }

    func end() {
      process.terminate()
      process.waitUntilExit()
    }
  }

  /// Starts the program; `fileLimit` is the largest file that it may write, in blocks of 512 bytes.
  static func started(_ arguments: [String], fileLimit: Int? = nil) throws -> Started {
    guard let fileLimit else { return try started(arguments, at: path) }
    let script = "ulimit -f \(fileLimit); exec \"$0\" \"$@\""
    return try started(["-c", script, path] + arguments, at: "/bin/sh")
  }

  static func started(_ arguments: [String], at path: String) throws -> Started {
    let started = Started(process: Process(), output: Pipe(), errors: Pipe())
    started.process.executableURL = URL(fileURLWithPath: path)
    started.process.arguments = arguments
    started.process.standardOutput = started.output
    started.process.standardError = started.errors
    try started.process.run()
    return started
  }

  /// The lines of standard output as JSON objects.
  func objects() throws -> [[String: Any]] {
    try output.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }
}
