import AnomalyDetection
import Foundation
import Tensors
import TestSupport
import Testing

private struct Stopped: Error {}

@Suite struct `A training run` {
  /// Squares and adds: what comes out depends on the order and number of all steps.
  private func work(
    _ folder: String, resuming: Bool, stopAfter: Int? = nil, settings: String = "a"
  ) async throws -> Float {
    let state = try Tensor(repeating: 1, shape: [1])
    let run = TrainingRun(checkpoints: Checkpoints(folder: folder, resuming: resuming))
    try await run.steps("work", count: 10, settings: settings, state: [state]) { step in
      if step == stopAfter { withUnsafeCurrentTask { $0?.cancel() } }
      let next = try state * 1.5 + Double(step)
      try state.write(next, at: [0])
      return []
    }
    return try state.scalar()
  }

  @Test func `that is cancelled goes on where it stopped`() async throws {
    try await withTemporaryFolder { folder in
      let unbroken = try await work("\(folder)/a", resuming: false)
      let cancelled = Task { try await work("\(folder)/b", resuming: false, stopAfter: 6) }
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      #expect(try await work("\(folder)/b", resuming: true) == unbroken)
      // Finished work is not done again.
      #expect(try await work("\(folder)/b", resuming: true) == unbroken)
    }
  }

  /// As when a photograph cannot be had; what is done until then is not done again.
  @Test(arguments: [true, false])
  func `that an error ends keeps its steps`(isCancelled: Bool) async throws {
    try await withTemporaryFolder { folder in
      let checkpoints = { Checkpoints(folder: "\(folder)/a", resuming: $0) }
      let state = try Tensor(repeating: 1, shape: [1])
      await #expect(throws: (any Error).self) {
        try await TrainingRun(checkpoints: checkpoints(false)).steps(
          "work", count: 10, settings: "a", state: [state]
        ) { step in
          guard step < 6 else { throw isCancelled ? CancellationError() : Stopped() as any Error }
          try state.write(try state + 1, at: [0])
          return []
        }
      }
      let resumed = try Tensor(repeating: 1, shape: [1])
      var steps: [Int] = []
      try await TrainingRun(checkpoints: checkpoints(true)).steps(
        "work", count: 10, settings: "a", state: [resumed]
      ) { step in
        let value = try resumed.scalar()
        #expect(value == 7)
        steps.append(step)
        return []
      }
      #expect(steps == [6, 7, 8, 9])
    }
  }

  @Test func `tells an error, and not that it could not be kept`() async throws {
    try await withTemporaryFolder { folder in
      let checkpoints = Checkpoints(folder: "\(folder)/a", resuming: false)
      let state = try Tensor(repeating: 1, shape: [1])
      await #expect(throws: Stopped.self) {
        try await TrainingRun(checkpoints: checkpoints).steps(
          "work", count: 10, settings: "a", state: [state]
        ) { _ in
          try Data().write(to: URL(filePath: checkpoints.folder))
          throw Stopped()
        }
      }
    }
  }

  @Test func `adds up the time of all its parts`() async throws {
    try await withTemporaryFolder { folder in
      let first = Checkpoints(folder: folder, resuming: false)
      let state = try Tensor(repeating: 1, shape: [1])
      try await TrainingRun(checkpoints: first).steps(
        "work", count: 1, settings: "a", state: [state]
      ) { _ in [] }
      let kept = "\(folder)/seconds"
      let saved = try #require(Double(String(contentsOfFile: kept, encoding: .utf8)))
      #expect(saved > 0 && saved <= first.seconds)
      // As if it had taken an hour.
      try "3600".write(toFile: kept, atomically: true, encoding: .utf8)
      let second = Checkpoints(folder: folder, resuming: true)
      #expect((3600..<3660).contains(second.seconds))
      let fresh = Checkpoints(folder: folder, resuming: false)
      #expect(fresh.seconds < second.seconds)
    }
  }

  @Test func `refuses the checkpoint of another one`() async throws {
    try await withTemporaryFolder { folder in
      _ = try await work("\(folder)/a", resuming: false)
      await #expect(throws: CheckpointError.self) {
        try await work("\(folder)/a", resuming: true, settings: "b")
      }
      // Without resuming, the old one is thrown away.
      _ = try await work("\(folder)/a", resuming: false, settings: "b")
    }
  }

  @Test func `keeps measurements`() async throws {
    try await withTemporaryFolder { folder in
      let measure = { (resuming: Bool, limit: Int) async throws -> [[Double]] in
        let run = TrainingRun(
          checkpoints: Checkpoints(folder: "\(folder)/m", resuming: resuming))
        return try await run.measurements("m", count: 3, width: 2, settings: "s") { number in
          if number >= limit { throw Stopped() }
          return [Double(number), 1 / 3]
        }
      }
      let expected: [[Double]] = [[0, 1.0 / 3], [1, 1.0 / 3], [2, 1.0 / 3]]
      let measured = try await measure(false, 3)
      #expect(measured == expected)
      let kept = try await measure(true, 0)
      #expect(kept == expected)
    }
  }

  @Test func `that diverges leaves nothing to go on with`() async throws {
    try await withTemporaryFolder { folder in
      let checkpoints = Checkpoints(folder: "\(folder)/a", resuming: false)
      let run = TrainingRun(checkpoints: checkpoints)
      let state = try Tensor(repeating: 1, shape: [1])
      try await run.steps("first", count: 1, settings: "", state: [state]) { _ in [] }
      #expect(FileManager.default.fileExists(atPath: checkpoints.folder))
      for figure in [Double.nan, .infinity] {
        await #expect(throws: TrainingError.diverged) {
          try await run.steps("second", count: 3, settings: "", state: [state]) { step in
            [("loss", step == 1 ? figure : 1)]
          }
        }
        #expect(!FileManager.default.fileExists(atPath: checkpoints.folder))
      }
    }
  }

  @Test func `names the teacher that it lacks`() {
    #expect(throws: TrainingError.noTeacher(17)) { try TrainingRun().teacher(.p17) }
  }
}
