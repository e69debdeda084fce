import Files

/// Where a run keeps the cells that it fills: in the file of a table, or in that of one part of it.
struct KeptResults<Results: ExperimentResults> {
  /// The file; nil where nothing is kept.
  let path: String?
  private let output: String?
  private let part: WorkPart?
  private let plan: [PlannedCells]
  /// The names of the cells that this run fills; nil for all.
  private let own: Set<String>?

  /// - Parameters:
  ///   - output: The file of the whole table; nil where nothing is kept.
  ///   - part: The part of this run; nil for the whole.
  ///   - plan: All cells of all parts.
  init(_ output: String?, part: WorkPart?, plan: [PlannedCells]) {
    (self.output, self.part, self.plan) = (output, part, plan)
    own = part.map { Set(plan.cells(of: $0)) }
    path = output.map { part?.path(of: $0, ending: tablePart) ?? $0 }
  }

  /// Whether a cell is for this run to fill.
  func takes(_ place: Results.Cell.Place) -> Bool { own?.contains(place.description) ?? true }

  /// What an earlier run of the same work has kept; what is asked for where none has.
  ///
  /// - Throws: ``ExperimentError`` or ``PartError`` where it is of other work.
  func goingOn(_ asked: Results) throws -> Results {
    guard let output, let part else { return try asked.goingOn(path) }
    let new = ResultsPart(part: part.description, plan: plan, results: asked)
    // Sooner than when all is done.
    let others = try WorkPart.parts(of: output, ending: tablePart).filter { $0 != part }
    if let other = others.first(where: { $0.count != part.count }) {
      throw PartError.otherCount(other.path(of: output, ending: tablePart), part.count)
    }
    // All others are like the first one.
    if let first = others.first, let other = try? ResultsPart<Results>.kept(first, of: output) {
      try check(new, other, first.path(of: output, ending: tablePart))
    }
    guard let found = try ResultsPart<Results>.kept(part, of: output) else {
      // That it has begun is told from that it has not, also where it has nothing to fill.
      try write(asked)
      return asked
    }
    try check(new, found, part.path(of: output, ending: tablePart))
    return found.results
  }

  private func check(
    _ new: ResultsPart<Results>, _ found: ResultsPart<Results>, _ path: String
  ) throws {
    let differences = try new.differences(from: found)
    guard differences.isEmpty else { throw PartError.otherWork(path, differences) }
  }

  /// Keeps results, whole or not at all; does nothing where nothing is kept.
  func write(_ results: Results) throws {
    guard let path else { return }
    guard let part else { return try results.write(to: path) }
    try ResultsPart(part: part.description, plan: plan, results: results).write(to: path)
  }
}
