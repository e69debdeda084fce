import TestSupport
import Testing

@Suite struct `The help` {
  /// Of all commands, which are found in the help of those above them.
  @Test func `snapshot of every command`() throws {
    var waiting: [[String]] = [[]]
    var names: [String] = []
    while let command = waiting.popLast() {
      let help = try Program(command + ["--help"])
      #expect(help.status == 0 && help.errors.isEmpty, "\(command)")
      names.append((["students"] + command).joined(separator: "-"))
      try expectSnapshot(help.output, "help/\(names[names.count - 1])")
      let below = help.output.split(separator: "SUBCOMMANDS:\n").dropFirst().first ?? ""
      waiting += below.matches(of: /(?m)^  ([a-z0-9-]+)/).map { command + [String($0.1)] }
    }
    #expect(Snapshot.names(in: "help") == names.sorted(), "no others")
  }
}
