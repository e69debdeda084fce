public import Foundation

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// libFuzzer, called by hand: the package manager gives every program a main function of its own.
///
/// - Parameter body: Tries one input.
public func runFuzzer(_ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
  var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
  exit(runDriver(&count, &arguments, body))
}

/// What is tried: the one that `--format=NAME` names.
public func chosenFormat<Format: CaseIterable & RawRepresentable>(_: Format.Type) -> Format
where Format.RawValue == String {
  let option = "--format="
  let name = CommandLine.arguments.first { $0.hasPrefix(option) }?.dropFirst(option.count)
  guard let format = name.map(String.init).flatMap(Format.init) else {
    let names = Format.allCases.map(\.rawValue).joined(separator: ", ")
    fatalError("give --format= and one of \(names)")
  }
  return format
}

/// An input as data.
public func input(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Data {
  start.map { Data(bytes: $0, count: count) } ?? Data()
}

/// Lends an input as a file, in memory where the system has a place for that.
public func withFile(_ data: Data, _ body: (String) throws -> Void) throws {
  let path = "\(folder)/fuzz-\(getpid())"
  try data.write(to: URL(fileURLWithPath: path))
  defer { unlink(path) }
  try body(path)
}

private let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
