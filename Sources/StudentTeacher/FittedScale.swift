import AnomalyDetection
import Networks
import Tensors

/// One receptive field of a fitted detector: a teacher and the students that imitate it.
struct FittedScale: Sendable {
  let teacher: PatchDescriptor
  let statistics: DescriptorStatistics
  let students: [PatchDescriptor]

  var receptiveField: ReceptiveField { teacher.receptiveField }

  func map(_ transform: (Tensor) throws -> Tensor) rethrows -> FittedScale {
    FittedScale(
      teacher: try teacher.map(transform), statistics: try statistics.map(transform),
      students: try students.map { try $0.map(transform) })
  }

  /// The same, ready to score images (see ``PatchDescriptor/frozen()``).
  func frozen() throws -> FittedScale {
    FittedScale(
      teacher: try teacher.frozen(), statistics: statistics,
      students: try students.map { try $0.frozen() })
  }

  /// The same on a device, its networks computing with an execution's numbers.
  func placed(_ execution: Execution) throws -> FittedScale {
    let (device, type) = (execution.device, execution.precision.scalarType)
    return FittedScale(
      teacher: try teacher.map { try $0.to(type).to(device) },
      statistics: try statistics.map { try $0.to(device) },
      students: try students.map { try $0.map { try $0.to(type).to(device) } })
  }

  /// Regression error and predictive uncertainty of every pixel.
  ///
  /// - Parameters:
  ///   - images: N × 3 × H × W.
  ///   - density: Where descriptors are computed.
  ///   - padding: What stands beyond the border.
  ///   - tilePixels: The most pixels along the side of a tile; nil for the usual ones.
  /// - Returns: Both N × 1 × H × W.
  /// - Throws: `TensorError`, and `MappingError` where the images are too small.
  func errorAndUncertainty(
    of images: Tensor, density: Density, padding: Padding, tilePixels: Int? = nil
  ) throws -> (error: Tensor, uncertainty: Tensor) {
    var scoring = DescriptorScoring(
      receptiveField: receptiveField, density: density, padding: padding)
    scoring.tilePixels = tilePixels
    // Networks made ready hold five times the memory, and it takes a fortieth of a map: they are made
    // so for each map again. On a CPU, where each is used once, its layers do it one after the other.
    let ready = images.device == .cpu && scoring.takesOneTile(images) ? self : try frozen()
    let both = try scoring.scores(of: images, channels: 2) { try ready.distances(of: $0, scoring) }
    return try split(both)
  }

  /// The same of patches, each a map of one pixel.
  ///
  /// - Parameter patches: N × 3 × p × p.
  /// - Returns: Both N × 1 × 1 × 1.
  /// - Throws: `TensorError`.
  func errorAndUncertainty(
    ofPatches patches: Tensor
  ) throws -> (error: Tensor, uncertainty: Tensor) {
    // Patches bring their margins.
    let scoring = DescriptorScoring(
      receptiveField: receptiveField, density: .strided, padding: .reflection)
    return try split(distances(of: patches, scoring))
  }

  /// The same of some parts of images, at every pixel of them.
  ///
  /// - Parameters:
  ///   - parts: Parts of one size, at least one, each with the number of its image.
  ///   - images: N × 3 × H × W.
  ///   - padding: What stands beyond the border.
  /// - Returns: Both parts × 1 × height × width.
  /// - Throws: `TensorError`, and `MappingError` where the images are too small.
  func errorAndUncertainty(
    ofParts parts: [(image: Int, tile: Tile)], of images: Tensor, padding: Padding
  ) throws -> (error: Tensor, uncertainty: Tensor) {
    let (_, _, height, width) = images.imageAxes
    try receptiveField.check(height: height, width: width, padding)
    let padded = try receptiveField.padded(images, padding)
    let margins = receptiveField.effectiveSide - 1
    let scoring = DescriptorScoring(
      receptiveField: receptiveField, density: .full, padding: padding)
    let ready = try frozen()
    var found: [Tensor] = []
    // So many at a time need no more memory than a tile of all images.
    let together = 8 * images.shape[0]
    for start in stride(from: 0, to: parts.count, by: together) {
      let pixels = try Tensor.concatenating(
        parts[start..<min(start + together, parts.count)].map { image, tile in
          try padded.slice(0, from: image, length: 1)
            .slice(2, from: tile.row, length: tile.height + margins)
            .slice(3, from: tile.column, length: tile.width + margins)
        })
      found.append(try ready.distances(of: pixels, scoring))
    }
    return try split(Tensor.concatenating(found))
  }

  /// Error and uncertainty of what holds them side by side.
  private func split(_ both: Tensor) throws -> (error: Tensor, uncertainty: Tensor) {
    (try both.slice(1, from: 0, length: 1), try both.slice(1, from: 1, length: 1))
  }

  /// Error and uncertainty, N × 2 × h × w, of pixels with their margins.
  ///
  /// With μ̄ the mean of the M students' answers μ_i, the error is ‖μ̄ − (y^T − μ) diag(σ)⁻¹‖² and the
  /// uncertainty 1/M Σ ‖μ_i − μ̄‖² (Bergmann et al. 2020, Eqs. 7-12). The paper prints
  /// E‖μ_i‖² − ‖μ̄‖²: both terms are large where descriptors are long, and their difference drowns in
  /// rounding. The answers are never all in memory.
  private func distances(of pixels: Tensor, _ scoring: DescriptorScoring) throws -> Tensor {
    let distances = try BiasAndVariance(
      ofSamples: students.count, shape: scoring.shape(ofDescriptorsOf: pixels), on: pixels.device)
    for (number, student) in students.enumerated() {
      try student.describe(pixels, at: scoring.positions) {
        try distances.add($0.to(.float32), from: $1, ofSample: number)
      }
    }
    try teacher.describe(pixels, at: scoring.positions) {
      try distances.compare(
        withTarget: $0.to(.float32), from: $1, mean: statistics.mean,
        deviation: statistics.deviation)
    }
    return distances.values
  }
}
