import Files

/// Cells of a table that are filled together, because one training gives them all.
///
/// Every worker plans all of them in one order, whatever its part.
struct PlannedCells: Codable, Equatable {
  /// What the cells are called.
  let cells: [String]
  /// What tells the settings of the method from others; nil where the configuration of the table says all.
  var settings: String?
}

extension [PlannedCells] {
  /// The cells of a part: every n-th of the plan, so that what takes long is spread.
  func cells(of part: WorkPart) -> [String] {
    enumerated().filter { part.takes(place: $0.offset) }.flatMap(\.element.cells)
  }
}
