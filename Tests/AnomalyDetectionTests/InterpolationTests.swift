import Tensors
import Testing

@testable import AnomalyDetection

/// The matrix of exported models interpolates as maps do.
@Suite struct `The matrix of interpolation` {
  @Test(arguments: [
    (length: 64, spacing: 4), (length: 67, spacing: 8), (length: 5, spacing: 8),
    (length: 3, spacing: 4),
  ])
  func `gives what interpolation gives`(side: (length: Int, spacing: Int)) throws {
    let samples = SampledPixels(length: side.length, spacing: side.spacing)
    let matrix = samples.interpolation(to: side.length)
    let values = (0..<samples.count).map { Float($0 * $0 % 7) - 2 }
    let sampled = try Tensor(shape: [1, 1, samples.count, 1], scalars: values)
    let single = SampledPixels(length: 1, spacing: side.spacing)
    let expected = try sampled.interpolated(
      rows: samples, columns: single, height: side.length, width: 1
    ).scalars()
    for pixel in 0..<side.length {
      let sum = values.indices.reduce(Float(0)) {
        $0 + matrix[pixel * samples.count + $1] * values[$1]
      }
      #expect(abs(sum - expected[pixel]) < 1e-5)
    }
  }
}
