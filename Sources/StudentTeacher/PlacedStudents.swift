import AnomalyDetection
import Images
import Tensors

/// Teachers and students on a device, from images to anomaly maps: the page to read first.
///
/// Bergmann et al. (2020), Section 3.3: regression error and predictive uncertainty of each receptive
/// field, both in deviations of good pixels, are added and averaged over the receptive fields.
struct PlacedStudents: PlacedDetector {
  private let scales: [FittedScale]
  private let normalizations: [ScoreNormalization]
  private let padding: Padding
  private let density: Density
  /// Nil where every receptive field looks everywhere.
  private let screening: Screening?
  private let device: Device

  init(_ detector: StudentTeacherDetector, _ execution: Execution) throws {
    device = execution.device
    scales = try detector.scales.map { scale in
      let there = try scale.placed(execution)
      // Once for all maps; on a CPU what is made ready takes much memory, and is made for each map.
      return execution.device == .cpu ? there : try there.frozen()
    }
    normalizations = detector.normalizations
    padding = detector.padding
    density = execution.density ?? .strided
    screening = density == .screen ? detector.screening : nil
  }

  /// One fills a processor; a graphics card is busy with several only.
  var imagesTogether: Int { device == .cpu ? 1 : 8 }

  /// All stays on the device until the maps are done.
  func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
    guard let first = images.first else { return [] }
    let pixels = try Image.tensor(of: images).to(device)
    let scores =
      if let screening {
        try screened(pixels, images.map(\.isIgnored), by: screening)
      } else {
        try scales.indices.map { try score(of: pixels, by: $0) }
      }
    let maps = try fused(scores.map(\.sum)).scalarsOfEach()
    let components = try scores.map { try $0.components() }
    return maps.enumerated().map { number, map in
      Evidence(
        AnomalyMap(height: first.height, width: first.width, scores: map),
        components: components.flatMap { $0[number] })
    }
  }

  /// What one receptive field sees in every pixel of images, N × 1 × H × W each.
  private struct Score {
    let scale: FittedScale
    let error: Tensor
    let uncertainty: Tensor
    let sum: Tensor
    /// Whether each pixel of each image was computed; nil where all were.
    let isKnown: [[Bool]]?

    /// Of what is in deviations already.
    init(
      _ scale: FittedScale, _ both: (error: Tensor, uncertainty: Tensor), isKnown: [[Bool]]? = nil
    )
      throws
    {
      self.scale = scale
      (error, uncertainty) = both
      sum = try scaleScore(of: both)
      self.isKnown = isKnown
    }

    /// Of each image.
    func components() throws -> [[Evidence.Component]] {
      try zip(error.scalarsOfEach(), uncertainty.scalarsOfEach()).enumerated().map { image, both in
        [(Evidence.Component.Quantity.regressionError, both.0), (.predictiveUncertainty, both.1)]
          .map { quantity, scores in
            Evidence.Component(
              scale.receptiveField, quantity, scores: scores, isKnown: isKnown?[image])
          }
      }
    }
  }

  private func score(of pixels: Tensor, by number: Int) throws -> Score {
    let raw = try scales[number].errorAndUncertainty(
      of: pixels, density: density, padding: padding)
    return try Score(scales[number], normalizations[number].standardized(raw))
  }
}

// MARK: - Screening

extension PlacedStudents {
  /// The scores of cheap scales everywhere, and those of expensive ones where these see something.
  private func screened(
    _ pixels: Tensor, _ isIgnored: [[Bool]?], by screening: Screening
  ) throws -> [Score] {
    let isCheap = { (number: Int) in Screening.isCheap(scales[number].receptiveField) }
    let cheap = try scales.indices.filter(isCheap).map { try score(of: pixels, by: $0) }
    let parts = try suspicious(pixels, isIgnored, cheap, screening)
    return try cheap
      + scales.indices.filter { !isCheap($0) }.map { try score(of: parts, of: pixels, by: $0) }
  }

  /// The parts of images in which the sum of the cheap scales' scores exceeds the level at a pixel that
  /// decides.
  private func suspicious(
    _ pixels: Tensor, _ isIgnored: [[Bool]?], _ cheap: [Score], _ screening: Screening
  ) throws -> [(image: Int, tile: Tile)] {
    let (_, _, height, width) = pixels.imageAxes
    let sums = try (fused(cheap.map(\.sum)) * Double(cheap.count)).scalarsOfEach()
    let tiles = Screening.parts(height: height, width: width)
    return sums.enumerated().flatMap { image, sums in
      let sums = isIgnored[image].map { zip(sums, $0).map { $1 ? -.infinity : $0 } } ?? sums
      return tiles.filter {
        Double(Screening.peak(of: $0, in: sums, width: width)) > screening.level
      }
      .map { (image, $0) }
    }
  }

  /// The scores of the pixels of some parts, and elsewhere the mean of good pixels, zero.
  private func score(
    of parts: [(image: Int, tile: Tile)], of pixels: Tensor, by number: Int
  ) throws -> Score {
    let (batch, _, height, width) = pixels.imageAxes
    let nothing = { try Tensor(repeating: 0, shape: [batch, 1, height, width], on: device) }
    let (error, uncertainty) = (try nothing(), try nothing())
    var isKnown = [[Bool]](
      repeating: [Bool](repeating: false, count: height * width), count: batch)
    if !parts.isEmpty {
      let found = try normalizations[number].standardized(
        scales[number].errorAndUncertainty(ofParts: parts, of: pixels, padding: padding))
      for (index, (image, tile)) in parts.enumerated() {
        for (whole, part) in [(error, found.error), (uncertainty, found.uncertainty)] {
          try whole.write(
            part.slice(0, from: index, length: 1), at: [image, 0, tile.row, tile.column])
        }
        for row in tile.row..<tile.row + tile.height {
          let start = row * width + tile.column
          for pixel in start..<start + tile.width { isKnown[image][pixel] = true }
        }
      }
    }
    return try Score(scales[number], (error, uncertainty), isKnown: isKnown)
  }
}
