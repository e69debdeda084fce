import ArgumentParser
import Experiments
import Files
import UninformedStudents

/// `students join`.
struct Join: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put together what workers made with --part.",
    discussion: """
      Checks that all parts are there and belong to the same work; otherwise it says which part to \
      start again.

      For a model, it takes the students that 'students train --part' left beside it, calibrates \
      the decision, and writes the file that one machine writes, byte for byte. It needs the good \
      images where the workers had them.

      For a table, it checks that each cell is filled once, prints the table, and writes the file \
      that 'students reproduce' writes on one machine, byte for byte. Cells of other methods or \
      classes that are already in the file stay.

      The exit status is 0, or 2 where a cell has an error or something is missing.

      Examples:
        students join part.students
        students join mvtec.json --markdown
      """)

  @Argument(help: "The output of the workers: a model or a table.")
  var output: String

  @Flag(help: "Print tables in Markdown.")
  var markdown = false

  func run() async throws {
    // What lies in OUTPUT.parts tells what they make.
    if let made = try MadePieces.joined(of: output) {
      try await joinTraining(made, as: output)
    } else if try JoinedTable.hasParts(output) {
      try joinTable()
    } else {
      throw CommandError("\(WorkPart.folder(of: output)): no parts in it; make them with --part")
    }
  }

  private func joinTable() throws {
    try AtomicFile.checkWritable(output)
    let claim = try OutputClaim(output)
    defer { claim.release() }
    let joined = try JoinedTable(partsOf: output)
    try joined.writeResults()
    say(joined.tables, markdown: markdown)
    complain("\(output): \(joined.cells) cells of \(joined.parts) parts")
    if joined.hasFailures { throw ExitCode(2) }
  }
}
