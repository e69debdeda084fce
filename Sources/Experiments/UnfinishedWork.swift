import Files
import UninformedStudents

/// The work on cells of a table that are not filled yet, in a folder beside its results.
struct UnfinishedWork {
  private let folder: String?
  private let leftBehind: (String) -> Void

  /// - Parameters:
  ///   - output: Where the results are kept; nil where nothing is.
  ///   - leftBehind: Called with each folder of finished work that cannot be deleted.
  init(on output: String?, leftBehind: @escaping (String) -> Void) {
    folder = output.map { "\($0).checkpoint" }
    self.leftBehind = leftBehind
  }

  /// The work on a cell, or on cells that are filled together; nil where nothing is kept.
  func checkpoints(_ cell: String) -> Checkpoints? {
    folder.map { Checkpoints(folder: "\($0)/\(cell)", earlier: .resumedWhereItFits) }
  }

  /// Deletes the work on a cell that is filled and kept.
  func clearUp(_ cell: String) {
    guard let folder else { return }
    let work = "\(folder)/\(cell)"
    if !removeFolder(work) { leftBehind(work) }
    removeEmptyFolder(folder)
  }
}
