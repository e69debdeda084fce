import ArgumentParser
import Experiments
import Files
import UninformedStudents

/// `students join`.
struct Join: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put together what workers have made with --part.",
    discussion: """
      Of a table, checks that all parts are there, of one work, and that each cell is filled once; otherwise it says \
      which part to start again. Then it prints the table and writes the file that 'students reproduce' writes \
      on one machine, byte for byte. Cells that are in it already, of other methods or classes, stay.

      Ends with 0, or with 2 where a cell says what went wrong, or something is missing.

      Example:
        students join mvtec.json --markdown
      """)

  @Argument(help: "The --output of the workers.")
  var output: String

  @Flag(help: "Print tables in Markdown.")
  var markdown = false

  func run() throws {
    // What lies in OUTPUT.parts tells what they make.
    guard try JoinedTable.hasParts(output) else {
      throw CommandError("\(WorkPart.folder(of: output)): no parts are in it; --part makes them")
    }
    try joinTable()
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
