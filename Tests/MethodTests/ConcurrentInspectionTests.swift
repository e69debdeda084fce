import Foundation
import TestSupport
import Testing
import UninformedStudents

/// One model serves many threads; the thread sanitizer runs these tests too.
@Suite(.serialized) struct `Inspections at the same time` {
  private let side = 48

  private func stripes(_ number: Int) -> Image {
    let pixels = (0..<side * side).flatMap { pixel -> [Float] in
      let (row, column) = (pixel / side, pixel % side)
      let wave = Float(sin(Double(row + 3 * number) * 0.7) + cos(Double(column - number) * 0.5)) / 5
      return [0.5 + wave, 0.45 + wave, 0.4]
    }
    return Image(height: side, width: side, pixels: pixels)
  }

  private func checkTogether(_ method: some AnomalyMethod) async throws {
    let run = TrainingRun(seed: 1, teachers: [.p33: try PatchDescriptor(.p33, seed: 77)])
    let good = ImageCollection((0..<4).map(stripes))
    let model = try await TrainedModel.train(method, on: good, imageSide: side, run: run)
    try await withTemporaryFolder { folder in
      for number in 0..<4 { try stripes(number).write(to: "\(folder)/\(number).png") }
      @Sendable func inspect(_ number: Int) throws -> Inspection {
        try model.inspect(Image(contentsOf: "\(folder)/\(number).png"))
      }
      let alone = try (0..<4).map(inspect)
      let together = try await withThrowingTaskGroup(of: (Int, Inspection).self) { group in
        for task in 0..<16 { group.addTask { (task % 4, try inspect(task % 4)) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(together.count == 16)
      for (number, inspection) in together {
        #expect(inspection.map == alone[number].map)
        #expect(inspection.score == alone[number].score)
        #expect(inspection.isAnomalous == alone[number].isAnomalous)
      }
    }
  }

  @Test func `by students are what they are one after the other`() async throws {
    var method = StudentTeacherMethod(recipe: .fast)
    (method.students, method.scales, method.batch, method.epochs) = (2, [.p33], 2, 1)
    try await checkTogether(method)
  }

  @Test func `by neighbours are what they are one after the other`() async throws {
    var method = DescriptorMethod<NearestNeighbor>()
    (method.receptiveField, method.model.vectors) = (.p33, 200)
    try await checkTogether(method)
  }
}
