import Foundation
import TestSupport

/// A program that ran to its end.
struct Ran {
  let status: Int32
  let output: String
  let errors: String

  /// Where this build's programs and libraries lie.
  static var build: String { Bundle.main.bundleURL.path }
  static var students: String { "\(build)/students" }
  static var library: String {
    #if os(macOS)
      "\(build)/libstudents-c.dylib"
    #else
      "\(build)/libstudents-c.so"
    #endif
  }
  /// The root of the package.
  static var package: String {
    URL(fileURLWithPath: Golden.folder).deletingLastPathComponent().deletingLastPathComponent().path
  }
  static var include: String { "\(package)/Sources/CStudents/include" }

  /// Runs a program that the shell finds; its streams go through files, so that none fills up.
  init(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws {
    let folder = FileManager.default.temporaryDirectory
    let name = UUID().uuidString
    let streams = ["out", "err"].map { folder.appendingPathComponent("\(name).\($0)") }
    defer { for stream in streams { try? FileManager.default.removeItem(at: stream) } }
    for stream in streams { try Data().write(to: stream) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: streams[0])
    process.standardError = try FileHandle(forWritingTo: streams[1])
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    output = try String(contentsOf: streams[0], encoding: .utf8)
    errors = try String(contentsOf: streams[1], encoding: .utf8)
  }

  /// Whether the shell finds a program.
  static func isThere(_ program: String) -> Bool {
    (try? Ran(program, ["--version"]).status) == 0
  }

  /// The lines of standard output as JSON objects.
  func objects() throws -> [[String: Any]] {
    try output.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }
}
