import AnomalyDetection
import Networks

/// Which parts of an image the most expensive receptive field looks at: those in which the cheaper
/// ones see more than in most parts of good images.
///
/// Elsewhere its score is taken to be that of an ordinary pixel, which is zero. The calibration of a
/// model is made with such maps.
struct Screening: Codable, Sendable, Equatable {
  /// The sum of the cheaper receptive fields' scores that the worst pixel of a part must exceed.
  let level: Double

  /// The sides of parts in pixels: tiles of the convolutions fill them, and those of the convolutions
  /// before, without a rest.
  private static let side = 45
  /// How many parts of good images are not computed.
  private static let share = 0.8

  /// Whether a receptive field says where others look: it does not itself look at every pixel.
  static func isCheap(_ receptiveField: ReceptiveField) -> Bool { receptiveField.stride > 1 }

  /// Whether there are scales that look at every pixel, and cheaper ones to say where.
  static func isPossible(_ receptiveFields: [ReceptiveField]) -> Bool {
    receptiveFields.contains(where: isCheap) && !receptiveFields.allSatisfy(isCheap)
  }

  /// A screening by a level.
  init(level: Double) {
    self.level = level
  }

  /// The screening that leaves out four of five parts of good images, whose worst pixels are given.
  init(peaks: [Double]) {
    level = peaks.sorted()[min(peaks.count - 1, Int(Self.share * Double(peaks.count)))]
  }

  /// The parts of an image.
  static func parts(height: Int, width: Int) -> [Tile] {
    Tile.alike(rows: height, columns: width, side: side)
  }

  /// The highest score of a part of an image, given row by row.
  static func peak(of part: Tile, in scores: [Float], width: Int) -> Float {
    var peak = -Float.infinity
    for row in part.row..<part.row + part.height {
      let start = row * width + part.column
      for score in scores[start..<start + part.width] { peak = max(peak, score) }
    }
    return peak
  }
}
