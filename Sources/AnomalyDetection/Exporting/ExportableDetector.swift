import Networks
package import ONNX
package import Tensors

/// A detector that a fixed graph of operators can compute.
package protocol ExportableDetector: AnomalyDetector {
  /// Adds the operators that map images, as the placed detector does.
  ///
  /// - Parameters:
  ///   - images: N × 3 × side × side, RGB in 0…1.
  ///   - side: Rows and columns.
  ///   - density: At how many pixels descriptors are computed; not ``Density/screen``.
  ///   - graph: Gets the operators.
  /// - Returns: A score a pixel, N × 1 × side × side.
  /// - Throws: `TensorError`, and ``MappingError`` where images of that side are too small.
  func map(
    of images: ONNXGraph.Value, side: Int, density: Density, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value
}

extension ONNXGraph {
  /// The numbers of a tensor of 32 bits.
  package mutating func constant(_ tensor: Tensor) throws -> Value {
    constant(try tensor.scalars(), tensor.shape)
  }
}

extension DescriptorScoring {
  /// The operators of ``scores(of:channels:_:)``; an image is one tile.
  ///
  /// - Parameters:
  ///   - images: N × 3 × side × side.
  ///   - side: Rows and columns.
  ///   - graph: Gets the operators.
  ///   - score: Adds those that give N × 1 × h × w scores of padded images.
  /// - Returns: N × 1 × side × side.
  /// - Throws: ``MappingError`` where images of that side are too small, and what `score` throws.
  package func scores(
    of images: ONNXGraph.Value, side: Int, in graph: inout ONNXGraph,
    _ score: (ONNXGraph.Value, inout ONNXGraph) throws -> ONNXGraph.Value
  ) throws -> ONNXGraph.Value {
    try receptiveField.check(height: side, width: side, padding)
    let samples = samples(along: side)
    // What the first descriptor sees before the image, and the last one beyond it.
    let before = receptiveField.marginBefore - samples.offset
    let after =
      samples.offset + samples.extent - 1 + receptiveField.effectiveSide
      - receptiveField.marginBefore - side
    let padded = graph.padded(
      images, padding.mode, top: before, left: before, bottom: after, right: after)
    let scores = try score(padded, &graph)
    guard samples.spacing > 1 else { return scores }
    let matrix = (values: samples.interpolation(to: side), count: side)
    return graph.stretched(scores, rows: matrix, columns: matrix)
  }
}

extension SampledPixels {
  /// The matrix, length × count, that interpolates as ``Tensor/interpolated(rows:columns:height:width:)``.
  func interpolation(to length: Int) -> [Float] {
    var matrix = [Float](repeating: 0, count: length * count)
    for pixel in 0..<length {
      let place = min(max(pixel - offset, 0), extent - 1)
      let (sample, rest) = place.quotientAndRemainder(dividingBy: spacing)
      let share = Float(rest) / Float(spacing)
      matrix[pixel * count + sample] = 1 - share
      if rest > 0 { matrix[pixel * count + sample + 1] = share }
    }
    return matrix
  }
}

extension Padding {
  /// Its name in ONNX.
  fileprivate var mode: String {
    switch self {
    case .zeros: "constant"
    case .reflection: "reflect"
    case .replication: "edge"
    }
  }
}
