import Foundation
import Synchronization
import TestSupport

/// A call to the system at which the program is killed, or gets a signal: by a library that is loaded
/// before all others, `Tests/FaultInjection`.
struct Fault {
  /// Such as `rename` or `create`.
  let call: String
  /// How the path of the file ends.
  let name: String
  /// Which of those calls it is, from 1.
  let number: Int
  /// `KILL`, or `INT` for Ctrl-C.
  let how: String

  /// Whether there is a system and a compiler for the library.
  static var isAvailable: Bool {
    #if os(Linux)
      (try? Self.library.get()) != nil
    #else
      false
    #endif
  }

  /// Runs the program with this fault among its calls on files below a folder; gives its status, minus
  /// the number of the signal where one ended it.
  func status(of arguments: [String], under folder: String) throws -> Int32 {
    try run(arguments, under: folder).status
  }

  /// The same, with what the program complains of.
  func run(
    _ arguments: [String], under folder: String
  ) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      "LD_PRELOAD": try Self.library.get(), "FAULT_UNDER": folder, "FAULT_CALL": call,
      "FAULT_NAME": name, "FAULT_AT": "\(number)", "FAULT_HOW": how,
    ]) { $1 }
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let told = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let status = process.terminationStatus
    return (process.terminationReason == .uncaughtSignal ? -status : status, told)
  }

  private struct NoCompiler: Error {}

  /// The library, compiled once.
  private static let library = Result<String, any Error> {
    let source = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
      .appendingPathComponent("FaultInjection/FaultInjection.c").path
    let path = "\(Bundle.main.bundleURL.path)/libFaultInjection.so"
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = ["clang", "-O1", "-shared", "-fPIC", "-o", path, source, "-ldl"]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else { throw NoCompiler() }
    return path
  }
}
