import ArgumentParser
import Files
import Foundation

/// A list of images, for commands that take many.
struct ListOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with the path or the address of one image in each line; - is standard input.",
      discussion: "It serves many images that are not in one folder."))
  var list: String?

  /// The names of the list; none without one.
  func listed() throws -> [String] {
    guard let list else { return [] }
    let bytes: Data
    if list == "-" {
      bytes = try FileHandle.standardInput.readToEnd() ?? Data()
    } else if let found = try contents(ofFile: list, limit: .max) {
      bytes = found
    } else {
      throw CommandError(
        "\(list): no such file; name one with the path or the address of one image in each line")
    }
    // Editors of Windows begin files with a mark of their order of bytes.
    let mark = Data([0xEF, 0xBB, 0xBF])
    let lines = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes
    return lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      return line.isEmpty ? nil : SystemPath.text(Array(line))
    }
  }
}
