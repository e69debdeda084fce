import ArgumentParser
import Experiments
import Files

/// Where a table is kept, and which part of it is filled.
struct TableOptions: ParsableArguments {
  @Option(help: "Keep results in this JSON file, and go on with what is in it.")
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Fill one part of the cells, such as 2/3, and keep it in OUTPUT.parts for 'students join'.",
      discussion: """
        Every worker is given the same command but for this. It takes every n-th cell, and goes on where one \
        of its part was stopped. auto takes what SLURM_ARRAY_TASK_ID and _COUNT say, JOB_COMPLETION_INDEX and \
        JOB_COMPLETION_COUNT, or RANK and WORLD_SIZE; without the option it is all cells, whatever these say.
        """), in: .partChoice)
  var part: PartChoice?

  func validate() throws {
    guard part == nil || output != nil else {
      throw ValidationError("--part needs --output, beside which the parts are kept.")
    }
  }

  /// The part of this process, whose results nobody else may work on meanwhile.
  func claimed() throws -> ClaimedTable { try ClaimedTable(output, part?.part()) }
}

/// The right to work on a table or a part of it, where it is kept.
struct ClaimedTable {
  let output: String?
  /// Nil for the whole.
  let part: WorkPart?
  /// The file of the results; nil where nothing is kept.
  private let path: String?
  private let claim: OutputClaim?

  fileprivate init(_ output: String?, _ part: WorkPart?) throws {
    (self.output, self.part) = (output, part)
    path = output.map { JoinedTable.path(of: part, $0) }
    if let output, part != nil {
      try AtomicFile.checkWritable(folder: WorkPart.folder(of: output))
    } else if let output {
      try AtomicFile.checkWritable(output)
    }
    claim = try path.map { try OutputClaim($0) }
  }

  /// Lets others have it.
  func release() { claim?.release() }

  /// What became of a table whose making was stopped.
  var whenStopped: String {
    path.map {
      "\($0) keeps the filled cells and the work so far, the same command goes on with it"
    }
      ?? "without --output nothing is kept"
  }

  /// Prints the tables, or where so many cells are kept until the other parts are there.
  func show(_ tables: [ResultTable], cells: Int, markdown: Bool) {
    guard let part, let path, let output else { return say(tables, markdown: markdown) }
    complain(
      "\(path): part \(part) is done, \(cells) cell\(cells == 1 ? "" : "s"); once all parts are, 'students join \(output)' makes the "
        + "table")
  }
}

/// Prints tables, one below the other.
func say(_ tables: [ResultTable], markdown: Bool) {
  say(lines: tables.map { markdown ? $0.markdown : $0.text }.joined(separator: "\n\n"))
}
