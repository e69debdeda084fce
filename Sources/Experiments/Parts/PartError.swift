public import Files

/// Why parts of a table cannot be gone on with, or be joined.
public enum PartError: Error, CustomStringConvertible, Equatable {
  /// No part of the output is there.
  case none(String)
  /// Parts of another number of workers than this are there, such as this file.
  case otherCount(String, Int)
  /// The file is of other work than this run's; with what differs.
  case otherWork(String, [String])
  /// The file is of other work than that of another part; with what differs.
  case mixed(String, WorkPart, [String])
  /// The files of these parts are missing.
  case missing([WorkPart], of: String)
  /// The file is no part of a table, or not of this part.
  case damaged(String, WorkPart)
  /// The part has so many cells left to fill.
  case unfinished(String, WorkPart, Int)
  /// A part holds a cell that is not its own, or twice.
  case foreignCell(String, WorkPart, String)
  /// What the table would be written to holds cells of other work.
  case otherTable(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .none(let output):
      "\(WorkPart.folder(of: output)): no part of a table in it; fill the parts first"
    case .otherCount(let path, let count):
      "\(path): not one of \(count) parts; use the same number for all parts, or delete the others"
    case .otherWork(let path, let differences):
      "\(path): belongs to other work (\(differences.joined(separator: "; "))); use the same settings, choose "
        + "another output, or delete the parts if they are joined already"
    case .mixed(let path, let part, let differences):
      "\(path): belongs to other work than the first part (\(differences.joined(separator: "; "))); delete it, and "
        + "start part \(part) again with the settings of the others"
    case .missing(let parts, let output):
      "\(WorkPart.folder(of: output)): parts are missing; start \(firstFew(parts.map(\.description)))"
    case .damaged(let path, let part):
      "\(path): not what part \(part) of a table wrote; delete it, and start part \(part) again"
    case .unfinished(let path, let part, let count):
      "\(path): \(count) cell\(count == 1 ? " is" : "s are") not filled; start part \(part) again"
    case .foreignCell(let path, let part, let cell):
      "\(path): the cell '\(cell)' appears twice or belongs to another part; delete the file, and start part \(part) again"
    case .otherTable(let path):
      "\(path): contains cells of other work, which would be lost; move the file away"
    }
  }
}
