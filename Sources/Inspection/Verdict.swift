public import AnomalyDetection
import Evaluation
import Images

/// What was found in one image.
public struct Verdict: Sendable {
  /// The score of the image: see ``ImageScoring``.
  public let score: Float
  /// What the score was compared with, and the rate of false alarms that this promises.
  public let threshold: Calibration.Threshold
  /// Pixels that score above this are marked.
  ///
  /// That is ``Calibration/Threshold/pixel``, the same for all images, but for two kinds of them. An
  /// anomalous image of which no pixel is so high is marked above the mean of its highest ones: it
  /// always shows where. A good image of which single pixels do has its peak here: it shows nothing.
  public let level: Float
  /// How likely a good image is to score at least this high, at the most.
  public let pValue: Double
  /// What the detector says of it, at the size that the model works at.
  public private(set) var evidence: Evidence
  /// Which part of the image was inspected.
  public let placement: Placement
  /// The parts of the image above ``level``, the worst first; none of a good image.
  public internal(set) var regions: [AnomalousRegion]
  /// Why the image is unlike the good ones as a whole: its size, its brightness, a score far below
  /// theirs.
  ///
  /// Such an image may show another scene, or none; that a part is missing altogether no pixel tells.
  /// Empty where nothing is unlike.
  public let unlike: [String]

  /// The score of every pixel, at the size that the model works at.
  public var map: AnomalyMap { evidence.map }

  /// The same without what was fused into the map, which takes several times its memory.
  public func keepingMapAlone() -> Verdict {
    var verdict = self
    verdict.evidence = Evidence(map)
    return verdict
  }

  /// The decision.
  public var isAnomalous: Bool { score > threshold.score }
}

extension Calibration.Threshold {
  /// Above which score pixels of an image are marked; see ``Verdict/level``.
  ///
  /// - Parameters:
  ///   - image: The score of the image.
  ///   - top: The mean of its most anomalous pixels, as many as make the score.
  ///   - peak: The highest of them.
  /// - Returns: The level.
  func level(
    ofScore image: Float, top: @autoclosure () -> Float, peak: @autoclosure () -> Float
  ) -> Float {
    // The highest pixel is at least the mean of several, and above the number before it.
    image > score ? min(pixel, top().nextDown) : max(pixel, peak())
  }
}

/// A connected part of an image whose pixels all score above a level.
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
    /// The side of the patches that were used.
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
  /// The connected parts of the map above a score, in the pixels of the image, and what each receptive field
  /// sees in them.
  ///
  /// Pixels that touch at a corner are connected. The part with the highest peak comes first.
  func regions(above score: Float, in placement: Placement) -> [AnomalousRegion] {
    let found = ConnectedRegions(
      of: map.isAbove(score), height: map.height, width: map.width)
    guard !found.regions.isEmpty else { return [] }
    var regions = map.boxes(of: found, in: placement)
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
  /// The boxes of regions in the pixels of the image.
  fileprivate func boxes(
    of found: ConnectedRegions, in placement: Placement
  ) -> [AnomalousRegion] {
    zip(found.regions, found.peakPixels(of: scores)).map { region, peak in
      let place = PixelPlace(row: peak / width, column: peak % width)
      let (box, middle) = (placement.inImage(region), placement.inImage(place))
      return AnomalousRegion(
        x: box.x, y: box.y, width: box.width, height: box.height, area: box.area,
        peak: scores[peak], peakX: middle.column, peakY: middle.row, place: place)
    }
  }
}

extension Verdict {
  /// The share of the inspected area whose pixels never decide; nil where all do.
  public var ignoredShare: Double? {
    guard map.isIgnored != nil else { return nil }
    let content = placement.content
    let padding = placement.side * placement.side - content.width * content.height
    let ignored = map.scores.count - map.deciding(map.scores).count - padding
    return ignored > 0 ? Double(ignored) / Double(content.width * content.height) : nil
  }

  /// Writes the scores as a TIFF of 32-bit floats; what never decides has the lowest score of the others.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - size: That of the image, linear between pixels, or that of the map.
  /// - Throws: `OriginError` where a file of others is there, `FileError` where it cannot be written.
  public func writeMap(to path: String, size: MapSize) throws {
    let (height, width) =
      size == .model
      ? (map.height, map.width) : (placement.imageHeight, placement.imageWidth)
    try NumberImage(height: height, width: width, numbers: scores(size))
      .write(to: path, as: .scores)
  }

  /// The numbers that ``writeMap(to:size:)`` writes, row by row.
  package func scores(_ size: MapSize) throws -> [Float] {
    size == .model ? map.scores : try scoresOfImage()
  }

  /// One score a pixel of the image, row by row.
  private func scoresOfImage() throws -> [Float] {
    let scores = try placement.stretched(map).scores(ofRows: 0..<placement.imageHeight)
    let lowest = map.deciding(map.scores).min() ?? 0
    return scores.map { $0 == -.infinity ? lowest : $0 }
  }
}

/// The size of maps that are written.
public enum MapSize: String, CaseIterable, Sendable {
  /// That of each image.
  case image
  /// That at which they were computed.
  case model
}
