import Evaluation
import Images

/// What was found in one image.
public struct Inspection: Sendable {
  /// The score of the image, that of its most anomalous pixel.
  public let score: Float
  /// What the score was compared with, and the rate of false alarms that this promises.
  public let threshold: Calibration.Threshold
  /// How likely a good image is to score at least this high, at the most.
  public let pValue: Double
  /// What the detector says of it, at the size that the model works at.
  public let evidence: Evidence
  /// The parts of the image above the threshold, the worst first.
  public let regions: [AnomalousRegion]
  /// Why the image is unlike the good ones as a whole: its size, its brightness, a score far below
  /// theirs.
  ///
  /// Such an image may show another scene, or none; that a part is missing altogether no pixel tells.
  /// Empty where nothing is unlike.
  public let unlike: [String]

  /// The score of every pixel, at the size that the model works at.
  public var map: AnomalyMap { evidence.map }

  /// The decision.
  public var isAnomalous: Bool { score > threshold.score }
}

/// A connected part of an image whose pixels all score above the threshold.
public struct AnomalousRegion: Codable, Sendable, Equatable {
  /// The first column of its box, in pixels of the image.
  public let x: Int
  /// The first row of its box.
  public let y: Int
  /// The columns of its box.
  public let width: Int
  /// The rows of its box.
  public let height: Int
  /// About how many pixels of the image it covers.
  public let area: Int
  /// Its highest score.
  public let peak: Float
}

extension AnomalyMap {
  /// The connected parts above a score, in the pixels of an image of the given size.
  ///
  /// Pixels that touch at a corner are connected. The part with the highest peak comes first.
  func regions(above score: Float, imageHeight: Int, imageWidth: Int) -> [AnomalousRegion] {
    let found = ConnectedRegions(of: scores.map { $0 > score }, height: height, width: width)
    var peaks = [Float](repeating: -.infinity, count: found.regions.count)
    for (pixel, label) in found.labels.enumerated() where label >= 0 {
      peaks[Int(label)] = max(peaks[Int(label)], scores[pixel])
    }
    let (down, across) = (
      Double(imageHeight) / Double(height), Double(imageWidth) / Double(width)
    )
    return zip(found.regions, peaks).map { region, peak in
      let left = Int((Double(region.x) * across).rounded(.down))
      let top = Int((Double(region.y) * down).rounded(.down))
      let right = Int((Double(region.x + region.width) * across).rounded(.up))
      let bottom = Int((Double(region.y + region.height) * down).rounded(.up))
      return AnomalousRegion(
        x: left, y: top, width: right - left, height: bottom - top,
        area: Int((Double(region.area) * down * across).rounded()), peak: peak)
    }.sorted { ($0.peak, $1.y, $1.x) > ($1.peak, $0.y, $0.x) }
  }

  /// The map at another size, linear between its pixels.
  func resized(height: Int, width: Int) throws -> AnomalyMap {
    guard height != self.height || width != self.width else { return self }
    let picture = Image(
      height: self.height, width: self.width, pixels: scores.flatMap { [$0, $0, $0] })
    let resized = try picture.resized(height: height, width: width)
    return AnomalyMap(
      height: height, width: width,
      scores: stride(from: 0, to: resized.pixels.count, by: 3).map { resized.pixels[$0] })
  }
}
