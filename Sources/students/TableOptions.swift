import ArgumentParser
import Experiments
import Files

/// Where a table is kept, and which part of it is filled.
struct TableOptions: ParsableArguments {
  @Option(help: "Keep results in this JSON file, and continue with those that it has.")
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Fill one part of the cells, such as 2/3, and keep it in OUTPUT.parts for 'students join'.",
      discussion: """
        Give every worker the same command but for this option. It fills every n-th cell, and continues where \
        an earlier worker of its part was stopped. auto takes the part from SLURM_ARRAY_TASK_ID and _COUNT, \
        JOB_COMPLETION_INDEX and JOB_COMPLETION_COUNT, or RANK and WORLD_SIZE. Without the option, all cells are \
        filled, whatever these say.
        """), in: .partChoice)
  var part: PartChoice?

  func validate() throws {
    guard part == nil || output != nil else {
      throw ValidationError("--part needs --output, beside which it keeps the parts.")
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
      "\($0) keeps the filled cells and the work so far; the same command continues it"
    }
      ?? "without --output nothing is kept"
  }

  /// Prints the tables, or where so many cells are kept until the other parts are there.
  func show(_ tables: [ResultTable], cells: Int, markdown: Bool) {
    guard let part, let path, let output else { return say(tables, markdown: markdown) }
    complain(
      "\(path): part \(part) is done, \(cells) cell\(cells == 1 ? "" : "s"). When all parts are, 'students join \(output)' makes the "
        + "table")
  }
}

/// Prints tables, one below the other.
func say(_ tables: [ResultTable], markdown: Bool) {
  say(lines: tables.map { markdown ? $0.markdown : $0.text }.joined(separator: "\n\n"))
}
