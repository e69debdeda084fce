import Foundation
import Networks
import Tensors
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

  private func students() async throws -> TrainedModel {
    var method = StudentTeacherMethod(recipe: .fast)
    (method.students, method.scales, method.batch, method.epochs) = (2, [.p33], 2, 1)
    return try await trained(method)
  }

  private func neighbours() async throws -> TrainedModel {
    var method = DescriptorMethod<NearestNeighbor>()
    (method.receptiveField, method.model.vectors) = (.p33, 200)
    return try await trained(method)
  }

  private func trained(_ method: some AnomalyMethod) async throws -> TrainedModel {
    let run = TrainingRun(seed: 1, teachers: [.p33: try PatchDescriptor(.p33, seed: 77)])
    let good = ImageCollection((0..<4).map(stripes))
    return try await TrainedModel.train(method, on: good, framing: Framing(side: side), run: run)
  }

  /// Four images in files, inspected by each model in many tasks, from the file to the decision.
  private func check(_ models: [TrainedModel]) async throws {
    var inspectors: [Inspector] = []
    for model in models { inspectors.append(try await model.inspector()) }
    try await withTemporaryFolder { [inspectors] folder in
      for number in 0..<4 { try stripes(number).write(to: "\(folder)/\(number).png") }
      try await expectSameTogether(4 * inspectors.count) { number in
        let image = try Image(contentsOf: "\(folder)/\(number % 4).png")
        let verdict = try await inspectors[number / 4].inspect(image)
        return [verdict.score, verdict.isAnomalous ? 1 : 0] + verdict.map.scores
      }
    }
  }

  @Test func `by students are what they are one after the other`() async throws {
    try await check([students()])
  }

  @Test func `by several models are what they are one after the other`() async throws {
    try await check([students(), neighbours()])
  }

  /// Each sequence decodes its next images meanwhile.
  @Test func `of whole folders are what they are one after the other`() async throws {
    let inspector = try await neighbours().inspector()
    try await withTemporaryFolder { folder in
      for number in 0..<4 { try stripes(number).write(to: "\(folder)/\(number).png") }
      let images = try ImageCollection(ImageFolder(folder))
      let scores = try await withThrowingTaskGroup(of: [Float].self) { group in
        for _ in 0..<4 {
          group.addTask {
            var scores: [Float] = []
            for try await found in inspector.verdicts(on: images) {
              scores.append(try found.get().verdict.score)
            }
            return scores
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(scores.count == 4 && Set(scores).count == 1 && scores[0].count == 4)
    }
  }
}
