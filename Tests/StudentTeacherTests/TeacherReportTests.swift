import AnomalyDetection
import Images
import Networks
import Tensors
import TestSupport
import Testing

@testable import StudentTeacher

@Suite struct `A report on a teacher` {
  @Test func `finds a copy by its nearest original`() throws {
    let originals = try Tensor(shape: [3, 2], scalars: [0, 0, 4, 0, 0, 3])
    // Nearest to the first, the first, and the third: two of three are right.
    let copies = try Tensor(shape: [3, 2], scalars: [0.5, 0.1, 1.5, 0, 0.2, 2])
    #expect(abs(try recallAtOne(of: copies, among: originals) - 2.0 / 3) < 1e-12)
    let many = try Tensor.normal(shape: [300, 16], seed: 1)
    #expect(try recallAtOne(of: many, among: many) == 1)
    let shifted = try many.selecting((0..<300).map { ($0 + 1) % 300 })
    #expect(try recallAtOne(of: shifted, among: many) == 0)
  }

  @Test func `measures correlations as Pearson did`() throws {
    let (rows, columns) = (40, 6)
    let descriptors = try Tensor.normal(shape: [rows, columns], seed: 2)
    let values = try descriptors.doubles()
    var sum = 0.0
    for i in 0..<columns {
      for j in 0..<columns where i != j {
        let x = (0..<rows).map { values[$0 * columns + i] }
        let y = (0..<rows).map { values[$0 * columns + j] }
        let covariance = slowMean(zip(x, y).map { ($0 - slowMean(x)) * ($1 - slowMean(y)) })
        sum += abs(covariance / (slowDeviation(x) * slowDeviation(y)))
      }
    }
    let expected = sum / Double(columns * (columns - 1))
    #expect(abs(try meanCorrelation(of: descriptors) - expected) < 1e-5)
  }

  @Test func `leaves nothing of what a linear map explains, all of what none does`() throws {
    let inputs = try Tensor.normal(shape: [400, 5], seed: 3)
    let map = try Tensor.normal(shape: [5, 7], seed: 4)
    let targets = try inputs.matrixProduct(map) + 3
    #expect(try residualVariance(fittedTo: inputs, targets, measuredOn: inputs, targets) < 1e-9)
    let noise = try Tensor.normal(shape: [400, 7], seed: 5)
    let fresh = try Tensor.normal(shape: [400, 7], seed: 6)
    let rest = try residualVariance(fittedTo: inputs, noise, measuredOn: inputs, fresh)
    #expect(rest > 0.97 && rest < 1.06)
  }

  /// With one component the rest is 1 − r².
  @Test func `leaves what the correlation leaves`() throws {
    let x = try Tensor.normal(shape: [200, 1], seed: 7)
    let y = try x * 0.5 + Tensor.normal(shape: [200, 1], seed: 8)
    let (a, b) = try (x.doubles(), y.doubles())
    let covariance = slowMean(zip(a, b).map { ($0 - slowMean(a)) * ($1 - slowMean(b)) })
    let r = covariance / (slowDeviation(a) * slowDeviation(b))
    let rest = try residualVariance(fittedTo: x, y, measuredOn: x, y)
    // The faint ridge moves the slope by a millionth.
    #expect(abs(rest - (1 - r * r)) < 1e-5)
  }

  @Test func `is made on photos that are kept aside`() async throws {
    try await withTemporaryFolder { folder in
      let paths = try (0..<120).map { number in
        let pixels = (0..<70 * 70 * 3).map { Float(($0 * (7 + number)) % 251) / 250 }
        let path = "\(folder)/\(number).png"
        try Image(height: 70, width: 70, pixels: pixels).write(to: path)
        return path
      }
      let report = { (paths: [String]) in
        try TeacherReport(
          of: PatchDescriptor(.p17, seed: 1), distilling: [], encoderSide: 32,
          photos: Photographs(paths), run: TrainingRun(), sizes: .init(measured: 24, fitted: 32))
      }
      let found = try report(paths)
      #expect(found.candidates == 24 && found.distillationError == nil)
      #expect((0...1).contains(found.recall) && (0...1).contains(found.correlation))
      #expect(try report(paths) == found)
      #expect(throws: TeacherTrainingError.nothingHeldOut) { try report(Array(paths.prefix(50))) }
    }
  }
}

@Suite struct `Photographs of a teacher` {
  @Test func `stay on their side wherever they lie`() {
    let names = (0..<2000).map { "n\($0)_thing.jpg" }
    let photos = Photographs(names.map { "/a/\($0)" })
    #expect(photos.training.count + photos.heldOut.count == 2000)
    // One in twenty, within four deviations of such a draw.
    #expect((61...139).contains(photos.heldOut.count))
    let fewer = Photographs(names.prefix(500).reversed().map { "/b/c/\($0)" })
    let aside = Set(photos.heldOut.map { $0.dropFirst(3) })
    for path in fewer.heldOut { #expect(aside.contains(path.dropFirst(5))) }
    for path in fewer.training { #expect(!aside.contains(path.dropFirst(5))) }
  }

  @Test func `are all learnt from where there are few`() {
    let few = (0..<99).map { "\($0).jpg" }
    #expect(Photographs(few).training == few && Photographs(few).heldOut.isEmpty)
  }
}
