import Tensors
import TestSupport
import Testing

@testable import StudentTeacher

@Suite struct `Losses` {
  @Test func `of distillation and students have the values of their formulas`() throws {
    let a = try Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])
    let b = try Tensor(shape: [2, 2], scalars: [1, 0, 0, 5])
    // Squares 0, 4, 9, 1, averaged.
    #expect(try distillationLoss(decoded: a, features: b).scalar() == 3.5)

    let answer = try Tensor(shape: [1, 2, 1, 2], scalars: [1, 2, 3, 4])
    let target = try Tensor(shape: [1, 2, 1, 2], scalars: [0, 2, 1, 1])
    // Summed over the components: 1 + 4 at the first pixel, 0 + 9 at the second.
    #expect(try studentLoss(answer: answer, target: target).scalar() == 7)
  }

  /// Compares the gradient at a point with central differences in 64 bits.
  private func expectGradient(
    at values: [Double], within tolerance: Double,
    of loss: ([Double]) throws -> (value: Tensor, point: Tensor),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (value, point) = try loss(values)
    let gradient = try value.gradients(for: [point])[0].doubles()
    let step = 1e-6
    for index in values.indices {
      var (above, below) = (values, values)
      above[index] += step
      below[index] -= step
      let rise = try loss(above).value.doubles()[0] - loss(below).value.doubles()[0]
      let difference = rise / (2 * step)
      #expect(
        abs(difference - gradient[index]) < tolerance, "element \(index)",
        sourceLocation: sourceLocation)
    }
  }

  @Test func `of distillation has the right gradient`() throws {
    let features = try Tensor.normal(shape: [3, 4], seed: 5).to(.float64)
    let values = try Tensor.normal(shape: [3, 4], seed: 6).doubles()
    try expectGradient(at: values, within: 1e-8) { values in
      let point = try Tensor(shape: [3, 4], doubles: values).parameter()
      return (try distillationLoss(decoded: point, features: features), point)
    }
  }

  @Test func `of compactness is 1 for copies and 0 for independent components`() throws {
    let copies = try Tensor(shape: [3, 2], scalars: [1, -2, 2, -4, 6, -12])
    #expect(abs(try compactnessLoss(of: copies).scalar() - 1) < 1e-5)
    let independent = try Tensor(shape: [4, 2], scalars: [1, 1, 1, -1, -1, 1, -1, -1])
    #expect(abs(try compactnessLoss(of: independent).scalar()) < 1e-6)
  }

  /// Pearson's correlation, pair by pair.
  private func slowCompactness(_ rows: [[Double]]) -> Double {
    let dimension = rows[0].count
    let column = { (index: Int) in rows.map { $0[index] } }
    var sum = 0.0
    for i in 0..<dimension {
      for j in 0..<dimension where i != j {
        let (x, y) = (column(i), column(j))
        let (mx, my) = (slowMean(x), slowMean(y))
        let xy = slowMean(zip(x, y).map { ($0 - mx) * ($1 - my) })
        let xx = slowMean(x.map { ($0 - mx) * ($0 - mx) })
        let yy = slowMean(y.map { ($0 - my) * ($0 - my) })
        sum += xy * xy / (xx * yy)
      }
    }
    return sum / Double(dimension * (dimension - 1))
  }

  @Test func `of compactness equals the slow definition`() throws {
    let descriptors = try Tensor.normal(shape: [9, 5], seed: 3)
    let values = try descriptors.doubles()
    let rows = (0..<9).map { Array(values[$0 * 5..<$0 * 5 + 5]) }
    #expect(
      abs(Double(try compactnessLoss(of: descriptors).scalar()) - slowCompactness(rows)) < 1e-6)
  }

  /// Central differences in 64 bits.
  @Test func `of compactness has the right gradient`() throws {
    let values = try Tensor.normal(shape: [6, 3], seed: 4).doubles()
    let point = try Tensor(shape: [6, 3], doubles: values).parameter()
    let gradient = try compactnessLoss(of: point).gradients(for: [point])[0].doubles()
    let step = 1e-5
    for index in values.indices {
      let loss = { (shift: Double) in
        var moved = values
        moved[index] += shift
        return self.slowCompactness((0..<6).map { Array(moved[$0 * 3..<$0 * 3 + 3]) })
      }
      let difference = (loss(step) - loss(-step)) / (2 * step)
      #expect(abs(difference - gradient[index]) < 1e-6, "element \(index)")
    }
  }

  /// Anchor swap: the negative counts from where it is closer.
  @Test func `of metric learning has the value of its formula`() throws {
    let anchors = try Tensor(shape: [3, 2], scalars: [0, 0, 0, 0, 0, 0])
    let positives = try Tensor(shape: [3, 2], scalars: [1, 0, 0, 2, 0, 0])
    let negatives = try Tensor(shape: [3, 2], scalars: [3, 0, 0, 3, 5, 0])
    // δ⁺ 1, 4, 0; δ⁻ min(9, 4), min(9, 1), min(25, 25); so 0 of -1, 5 and 0 of -23 with δ = 2.
    let loss = try metricLoss(
      anchors: anchors, positives: positives, negatives: negatives, margin: 2)
    #expect(abs(try loss.scalar() - 5.0 / 3) < 1e-6)
  }

  @Test func `of metric learning has the right gradient`() throws {
    let values = try Tensor.normal(shape: [12, 3], seed: 8).doubles()
    try expectGradient(at: values, within: 1e-6) { values in
      let all = try Tensor(shape: [12, 3], doubles: values).parameter()
      let loss = try metricLoss(
        anchors: all.slice(0, from: 0, length: 4), positives: all.slice(0, from: 4, length: 4),
        negatives: all.slice(0, from: 8, length: 4), margin: 1)
      return (loss, all)
    }
  }
}
