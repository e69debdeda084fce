import Evaluation
public import Images

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
  /// What each receptive field sees in it, the one that sees most first; nil for methods with a single
  /// measure.
  public internal(set) var causes: [Cause]?

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
    let causes = causes(of: found)
    return zip(
      map.boxes(of: found, imageHeight: imageHeight, imageWidth: imageWidth), causes
    ).map { region, causes in
      var region = region
      region.causes = components.isEmpty ? nil : causes
      return region
    }.sorted { ($0.peak, $1.y, $1.x) > ($1.peak, $0.y, $0.x) }
  }

  /// Of each region, the highest values of each receptive field that looked at it.
  private func causes(of found: ConnectedRegions) -> [[AnomalousRegion.Cause]] {
    let fields = components.map(\.receptiveField.rawValue)
      .reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    let highest = { (field: Int, quantity: Component.Quantity) -> [Float]? in
      let component = components.first {
        $0.receptiveField.rawValue == field && $0.quantity == quantity
      }
      return component.map { peaks(of: $0, in: found) }
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

  /// The highest score of a component in each region; -∞ where it was not looked at.
  private func peaks(of component: Component, in found: ConnectedRegions) -> [Float] {
    var peaks = [Float](repeating: -.infinity, count: found.regions.count)
    for (pixel, label) in found.labels.enumerated()
    where label >= 0 && component.isKnown?[pixel] ?? true {
      peaks[Int(label)] = max(peaks[Int(label)], component.scores[pixel])
    }
    return peaks
  }
}

extension AnomalyMap {
  /// The boxes of regions in the pixels of an image of the given size.
  fileprivate func boxes(
    of found: ConnectedRegions, imageHeight: Int, imageWidth: Int
  ) -> [AnomalousRegion] {
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
    }
  }

  /// The scores as an image of numbers, of another size where one is given: linear between pixels.
  public func numbers(height: Int? = nil, width: Int? = nil) throws -> NumberImage {
    let map = try resized(height: height ?? self.height, width: width ?? self.width)
    return NumberImage(height: map.height, width: map.width, numbers: map.scores)
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
