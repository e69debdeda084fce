public import Files
import Foundation

/// A table put together from the parts that workers have filled.
public struct JoinedTable: Sendable {
  /// How many parts there were.
  public let parts: Int
  /// How many cells they have filled.
  public let cells: Int
  /// Whether a cell says what went wrong instead of a figure.
  public let hasFailures: Bool
  /// The tables, as one machine prints them.
  public let tables: [ResultTable]
  private let write: @Sendable () throws -> Void

  /// Where a run keeps its results.
  ///
  /// - Parameters:
  ///   - part: The part that it fills; nil for the whole.
  ///   - output: What the parts are joined to.
  /// - Returns: `output` or the file of the part.
  public static func path(of part: WorkPart?, _ output: String) -> String {
    part?.path(of: output, ending: tablePart) ?? output
  }

  /// Whether parts of a table lie beside an output.
  ///
  /// - Parameter output: What they are joined to.
  /// - Returns: Whether there is one at least.
  /// - Throws: `FolderError` or `FileReadingError` where that cannot be told.
  public static func hasParts(_ output: String) throws -> Bool {
    try !WorkPart.parts(of: output, ending: tablePart).isEmpty
  }

  /// Reads all parts of an output, and checks that they are of one work, and each planned cell filled once.
  ///
  /// - Parameter output: What they are joined to, with cells of other work kept where they agree.
  /// - Throws: ``PartError`` that says which part to start again, `FileReadingError`.
  public init(partsOf output: String) throws {
    let found = try WorkPart.parts(of: output, ending: tablePart)
    guard let first = found.first else { throw PartError.none(output) }
    // What the first part holds tells what they all hold.
    if try Self.holds(OneClassResults.self, first, of: output) {
      try self.init(found, of: output, OneClassResults.self) { _ in false }
    } else {
      try self.init(found, of: output, MVTecResults.self) { $0.error != nil }
    }
  }

  /// Whether a part has cells of a kind.
  private static func holds<Results: ExperimentResults>(
    _ kind: Results.Type, _ part: WorkPart, of output: String
  ) throws -> Bool {
    do { return try ResultsPart<Results>.kept(part, of: output) != nil } catch is PartError {
      return false
    }
  }

  private init<Results: ExperimentResults>(
    _ found: [WorkPart], of output: String, _ kind: Results.Type,
    isFailure: (Results.Cell) -> Bool
  ) throws {
    let joined = try Results.joined(found, of: output)
    (parts, cells) = (found.count, joined.cells.count)
    hasFailures = joined.cells.contains(where: isFailure)
    let whole = try joined.addingCells(of: output)
    tables = whole.tables
    write = { try whole.write(to: output) }
  }

  /// Writes the file that one machine would have written, whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func writeResults() throws { try write() }
}

extension ExperimentResults {
  /// The cells of all parts.
  fileprivate static func joined(_ found: [WorkPart], of output: String) throws -> Self {
    let parts = try checkedParts(found, of: output)
    var joined = parts[0].results
    var sources: [String: String] = [:]
    for (part, own) in zip(found, parts) {
      for cell in own.results.cells {
        joined.fill(cell)
        guard let source = cell.source else { continue }
        let known = sources.updateValue(source.digits, forKey: source.name)
        guard known ?? source.digits == source.digits else {
          throw PartError.mixed(part.path(of: output, ending: tablePart), part, [source.name])
        }
      }
    }
    return joined
  }

  /// All parts, of the same work as the first, each with its cells.
  private static func checkedParts(
    _ found: [WorkPart], of output: String
  ) throws -> [ResultsPart<Self>] {
    let count = found[0].count
    if let other = found.first(where: { $0.count != count }) {
      throw PartError.otherCount(other.path(of: output, ending: tablePart), count)
    }
    let missing = Set(1...count).subtracting(found.map(\.number)).sorted()
    guard missing.isEmpty else {
      throw PartError.missing(missing.compactMap { WorkPart("\($0)/\(count)") }, of: output)
    }
    var parts: [ResultsPart<Self>] = []
    for part in found {
      let path = part.path(of: output, ending: tablePart)
      guard let own = try ResultsPart<Self>.kept(part, of: output) else {
        throw PartError.damaged(path, part)
      }
      let differences = try parts.first.map { try own.differences(from: $0) } ?? []
      guard differences.isEmpty else { throw PartError.mixed(path, part, differences) }
      try own.check(part, path)
      parts.append(own)
    }
    return parts
  }

  /// These results with the cells of a table that is there already, and that are not among them.
  fileprivate func addingCells(of output: String) throws -> Self {
    guard let before = try Self.kept(output) else { return self }
    let own = Set(cells.map(\.place))
    let others = before.cells.filter { !own.contains($0.place) }
    guard !others.isEmpty else { return self }
    guard let known = knowing(teachersOf: before),
      let knownBefore = before.knowing(teachersOf: self),
      try known.differences(from: knownBefore).isEmpty
    else { throw PartError.otherTable(output) }
    return others.reduce(into: known) { $0.fill($1) }
  }
}

extension ResultsPart {
  /// Checks that each cell of the part's plan is filled once, and no other.
  fileprivate func check(_ part: WorkPart, _ path: String) throws {
    let planned = plan.flatMap(\.cells)
    guard Set(planned).count == planned.count else { throw PartError.damaged(path, part) }
    var open = Set(plan.cells(of: part))
    for cell in results.cells {
      guard open.remove(cell.place.description) != nil else {
        throw PartError.foreignCell(path, part, cell.place.description)
      }
    }
    guard open.isEmpty else { throw PartError.unfinished(path, part, open.count) }
  }
}
