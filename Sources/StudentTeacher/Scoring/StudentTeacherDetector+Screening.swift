import AnomalyDetection
import Images
import Tensors

extension StudentTeacherDetector {
  /// Whether there are scales that look at every pixel, and cheaper ones to say where.
  static func canScreen(_ scales: [FittedScale]) -> Bool {
    scales.contains { isCheap($0) } && scales.contains { !isCheap($0) }
  }

  private static func isCheap(_ scale: FittedScale) -> Bool {
    scale.receptiveField.stride > 1
  }

  private var cheap: [Int] { scales.indices.filter { Self.isCheap(scales[$0]) } }

  /// The normalised scores of every pixel by each scale, N × 1 × H × W; those of the expensive ones
  /// only where the cheap ones see something.
  func scores(of pixels: Tensor, screening: Screening) throws -> [Tensor] {
    let cheap = cheap
    let scores = try self.scores(of: pixels, by: cheap)
    let parts = try parts(of: pixels, cheap: scores)
      .filter { Double($0.peak) > screening.level }.map { ($0.image, $0.tile) }
    return try scores
      + scales.indices.filter { !cheap.contains($0) }.map {
        try self.scores(of: parts, of: pixels, by: $0)
      }
  }

  /// The normalised scores of the pixels of some parts, and elsewhere the mean of good pixels, zero.
  private func scores(
    of parts: [(image: Int, tile: Tile)], of pixels: Tensor, by number: Int
  ) throws -> Tensor {
    let (batch, _, height, width) = pixels.imageAxes
    let scores = try Tensor(repeating: 0, shape: [batch, 1, height, width], on: mapping.device)
    guard !parts.isEmpty else { return scores }
    let (error, uncertainty) = try scales[number].errorAndUncertainty(
      ofParts: parts, of: pixels, padding: mapping.padding)
    let found = try normalizedScore(
      error: error, uncertainty: uncertainty, normalizations[number])
    for (index, (image, tile)) in parts.enumerated() {
      try scores.write(
        found.slice(0, from: index, length: 1), at: [image, 0, tile.row, tile.column])
    }
    return scores
  }

  /// The parts of images, and the highest sum of the cheap scales' scores in each.
  private func parts(
    of pixels: Tensor, cheap: [Tensor]
  ) throws -> [(image: Int, tile: Tile, peak: Float)] {
    let (_, _, height, width) = pixels.imageAxes
    let sums = try (fused(cheap) * Double(cheap.count)).scalarsOfEach()
    let tiles = Screening.parts(height: height, width: width)
    return sums.enumerated().flatMap { image, sums in
      tiles.map { (image, $0, Screening.peak(of: $0, in: sums, width: width)) }
    }
  }

  /// The detector that can leave out the parts of an image that look ordinary to its cheap scales.
  ///
  /// - Parameters:
  ///   - images: Good images of one size; not those that calibrate it.
  ///   - settings: What the scores depend on, as text.
  ///   - run: Device and progress.
  /// - Returns: The detector; itself where it has not both cheap and expensive scales.
  /// - Throws: What reading images and libtorch throw.
  func screened(
    on images: ImageCollection, settings: String, run: TrainingRun
  ) async throws -> Self {
    guard Self.canScreen(scales) else { return self }
    let screening = at(.screen)
    let first = try images.image(0)
    let measured = try await run.measurements(
      "screening good images", count: images.count,
      width: Screening.parts(height: first.height, width: first.width).count,
      settings: "\(settings) seed \(run.seed) images \(images.count)"
    ) { number in
      let pixels = try images.image(number).tensor().to(mapping.device)
      return try screening.parts(of: pixels, cheap: screening.scores(of: pixels, by: cheap))
        .map { Double($0.peak) }
    }
    return Self(
      scales: scales, normalizations: normalizations, mapping: mapping,
      screening: Screening(peaks: measured.flatMap(\.self)))
  }
}
