package import AnomalyDetection
import Networks
package import ONNX
import Tensors

extension StudentTeacherDetector: ExportableDetector {
  /// The operators of ``PlacedStudents``: the mean over all scales of ẽ + ṽ.
  package func map(
    of images: ONNXGraph.Value, side: Int, density: Density, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    var sum: ONNXGraph.Value?
    for (scale, normalization) in zip(scales, normalizations) {
      let scoring = DescriptorScoring(
        receptiveField: scale.receptiveField, density: density, padding: padding)
      let score = try scoring.scores(of: images, side: side, in: &graph) { padded, graph in
        let (error, uncertainty) = try scale.errorAndUncertainty(
          of: padded, at: scoring.positions, in: &graph)
        return graph.sum(
          normalization.error.standardized(error, in: &graph),
          normalization.uncertainty.standardized(uncertainty, in: &graph))
      }
      sum = sum.map { graph.sum($0, score) } ?? score
    }
    guard let sum else { throw ONNXError.noOperators(Self.method) }
    let count = graph.constant(Float(scales.count))
    return graph.quotient(sum, count)
  }
}

extension FittedScale {
  /// The operators of regression error and predictive uncertainty.
  ///
  /// - Parameters:
  ///   - padded: N × 3 × H × W, with their margins.
  ///   - positions: Where they are described.
  ///   - graph: Gets the operators.
  /// - Returns: Both N × 1 × h × w.
  /// - Throws: `TensorError`.
  func errorAndUncertainty(
    of padded: ONNXGraph.Value, at positions: Positions, in graph: inout ONNXGraph
  ) throws -> (error: ONNXGraph.Value, uncertainty: ONNXGraph.Value) {
    let answers = try students.map { try $0.describe(padded, at: positions, in: &graph) }
    let count = graph.constant(Float(answers.count))
    let sum = answers.dropFirst().reduce(answers[0]) { graph.sum($0, $1) }
    let mean = graph.quotient(sum, count)

    let target = try teacher.describe(padded, at: positions, in: &graph)
    let (center, deviation) = try (
      graph.constant(statistics.mean), graph.constant(statistics.deviation)
    )
    let centred = graph.difference(target, center)
    let normalized = graph.quotient(centred, deviation)
    let error = graph.squaredDistance(mean, normalized)

    let distances = answers.map { graph.squaredDistance($0, mean) }
    let total = distances.dropFirst().reduce(distances[0]) { graph.sum($0, $1) }
    return (error, graph.quotient(total, count))
  }
}

extension Moments {
  /// The operators of ``standardized(_:)``.
  func standardized(_ values: ONNXGraph.Value, in graph: inout ONNXGraph) -> ONNXGraph.Value {
    let mean = graph.constant(Float(mean))
    let divisor = graph.constant(Float(deviation > 0 ? deviation : 1))
    let centred = graph.difference(values, mean)
    return graph.quotient(centred, divisor)
  }
}
