import Files
import Foundation

/// A cell of a table.
protocol ResultCell: Codable, Equatable, Sendable {
  /// What tells it from the other cells of a table.
  associatedtype Place: Hashable, Comparable, CustomStringConvertible
  /// Where it stands.
  var place: Place { get }
  /// How long it took.
  var time: CellTime { get set }
  /// What it was measured on; nil where the configuration of its table says that.
  var source: CellSource? { get }
}

extension ResultCell {
  /// The configuration says it.
  var source: CellSource? { nil }
}

/// What cells were measured on: all of one name should have been of the same.
struct CellSource {
  /// Such as the images of a category.
  let name: String
  /// What tells it from others.
  let digits: String
}

/// How long a cell took.
///
/// Two runs fill a cell alike, but not in the same time: so times lie in a file of their own, `OUTPUT.times`.
/// Results of before that hold them in their cells, and are read alike.
struct CellTime: Codable, Equatable {
  /// Seconds to learn, and in a one-class table to score the test images; nil where that is not known.
  var seconds: Double?
  /// Seconds to map one image; nil in a one-class table, or where that is not known.
  var secondsPerImage: Double?
}

extension ExperimentResults {
  private static func timesPath(_ path: String) -> String { "\(path).times" }

  /// The cells in the order of their places, with the times that are kept beside a file of results.
  func ordered(timesFrom path: String) -> Self {
    // Without them the results are the same.
    let data = (try? contents(ofFile: Self.timesPath(path))) ?? nil
    let known = data.flatMap { try? JSONDecoder().decode([String: CellTime].self, from: $0) } ?? [:]
    var copy = self
    for index in cells.indices {
      guard let kept = known[cells[index].place.description] else { continue }
      let own = cells[index].time
      copy.cells[index].time = CellTime(
        seconds: own.seconds ?? kept.seconds,
        secondsPerImage: own.secondsPerImage ?? kept.secondsPerImage)
    }
    copy.cells.sort { $0.place < $1.place }
    return copy
  }

  /// Writes the times of all cells beside a file of results.
  func writeTimes(besides path: String) throws {
    let times = cells.map { ($0.place.description, $0.time) }
    try Dictionary(times) { $1 }.writeJSON(to: Self.timesPath(path))
  }

  /// The cells without their times.
  var withoutTimes: Self {
    var copy = self
    for index in cells.indices { copy.cells[index].time = CellTime() }
    return copy
  }
}
