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
  public internal(set) var regions: [AnomalousRegion]
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
  /// The column of the pixel with that score.
  public let peakX: Int
  /// The row of the pixel with that score.
  public let peakY: Int
  /// What each receptive field sees in it, the one that sees most first; nil for methods with a single
  /// measure.
  public internal(set) var causes: [Cause]?
  /// The patches of good images most like the one at its peak; nil where nobody asked for them, or the
  /// model keeps none.
  public internal(set) var similar: [SimilarPatch]?
  /// Where its peak lies in the map; not written down.
  var place: PixelPlace?

  private enum CodingKeys: CodingKey {
    case x, y, width, height, area, peak, peakX, peakY, causes, similar
  }

  /// What one receptive field sees in a region.
  public struct Cause: Codable, Sendable, Equatable {
    /// The side of the patches that were looked at.
    public let receptiveField: Int
    /// How far the students are from the teacher at most, in deviations of good pixels: what is high
    /// is unknown to them.
    public let regressionError: Float
    /// How far the students are from each other at most, in deviations of good pixels: what is high they
    /// cannot tell.
    public let predictiveUncertainty: Float

    /// Both together.
    var sum: Float { regressionError + predictiveUncertainty }
  }
}

extension Evidence {
  /// The connected parts of the map above a score, in the pixels of an image of the given size, and what
  /// each receptive field sees in them.
  ///
  /// Pixels that touch at a corner are connected. The part with the highest peak comes first.
  func regions(above score: Float, imageHeight: Int, imageWidth: Int) -> [AnomalousRegion] {
    let found = ConnectedRegions(
      of: map.scores.map { $0 > score }, height: map.height, width: map.width)
    guard !found.regions.isEmpty else { return [] }
    var regions = map.boxes(of: found, imageHeight: imageHeight, imageWidth: imageWidth)
    if !components.isEmpty {
      for (number, causes) in causes(of: found).enumerated() { regions[number].causes = causes }
    }
    return regions.sorted { ($0.peak, $1.y, $1.x) > ($1.peak, $0.y, $0.x) }
  }

  /// Of each region, the highest values of each receptive field that looked at it.
  private func causes(of found: ConnectedRegions) -> [[AnomalousRegion.Cause]] {
    let fields = components.map(\.receptiveField.rawValue)
      .reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    let highest = { (field: Int, quantity: Component.Quantity) -> [Float]? in
      let component = components.first {
        $0.receptiveField.rawValue == field && $0.quantity == quantity
      }
      return component.map { found.peaks(of: $0.scores, where: $0.isKnown) }
    }
    var causes = [[AnomalousRegion.Cause]](repeating: [], count: found.regions.count)
    for field in fields {
      guard let errors = highest(field, .regressionError),
        let uncertainties = highest(field, .predictiveUncertainty)
      else { continue }
      for region in causes.indices where errors[region] > -.infinity {
        causes[region].append(
          AnomalousRegion.Cause(
            receptiveField: field, regressionError: errors[region],
            predictiveUncertainty: uncertainties[region]))
      }
    }
    return causes.map { $0.sorted { $0.sum > $1.sum } }
  }
}

extension ConnectedRegions {
  /// The pixel with the highest score of each region.
  fileprivate func peakPixels(of scores: [Float]) -> [Int] {
    var pixels = [Int?](repeating: nil, count: regions.count)
    for (pixel, label) in labels.enumerated() where label >= 0 {
      guard let best = pixels[Int(label)], scores[best] >= scores[pixel] else {
        pixels[Int(label)] = pixel
        continue
      }
    }
    return pixels.map { $0 ?? 0 }
  }

  /// The highest score of each region; -∞ where none of its pixels is known.
  fileprivate func peaks(of scores: [Float], where isKnown: [Bool]? = nil) -> [Float] {
    var peaks = [Float](repeating: -.infinity, count: regions.count)
    for (pixel, label) in labels.enumerated() where label >= 0 && isKnown?[pixel] ?? true {
      peaks[Int(label)] = max(peaks[Int(label)], scores[pixel])
    }
    return peaks
  }
}

extension AnomalyMap {
  /// The boxes of regions in the pixels of an image of the given size.
  fileprivate func boxes(
    of found: ConnectedRegions, imageHeight: Int, imageWidth: Int
  ) -> [AnomalousRegion] {
    let (down, across) = (
      Double(imageHeight) / Double(height), Double(imageWidth) / Double(width)
    )
    return zip(found.regions, found.peakPixels(of: scores)).map { region, peak in
      let place = PixelPlace(row: peak / width, column: peak % width)
      let left = Int((Double(region.x) * across).rounded(.down))
      let top = Int((Double(region.y) * down).rounded(.down))
      let right = Int((Double(region.x + region.width) * across).rounded(.up))
      let bottom = Int((Double(region.y + region.height) * down).rounded(.up))
      return AnomalousRegion(
        x: left, y: top, width: right - left, height: bottom - top,
        area: Int((Double(region.area) * down * across).rounded()), peak: scores[peak],
        peakX: Int((Double(place.column) + 0.5) * across),
        peakY: Int((Double(place.row) + 0.5) * down),
        place: place)
    }
  }

  /// Writes the scores as a TIFF of 32-bit floats.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - size: That of the image, linear between pixels, or that of the map.
  ///   - imageHeight: Rows of the image.
  ///   - imageWidth: Columns of the image.
  /// - Throws: `OriginError` where a file of others is there, `FileError` where it cannot be written.
  public func write(
    to path: String, size: MapSize, imageHeight: Int, imageWidth: Int
  ) throws {
    let map = size == .model ? self : try resized(height: imageHeight, width: imageWidth)
    try NumberImage(height: map.height, width: map.width, numbers: map.scores)
      .write(to: path, as: .scores)
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

/// The size of maps that are written.
public enum MapSize: String, CaseIterable, Sendable {
  /// That of each image.
  case image
  /// That at which they were computed.
  case model
}
