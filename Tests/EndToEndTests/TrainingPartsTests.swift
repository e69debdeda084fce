import Files
import Foundation
import TestSupport
import Testing

/// A model whose students several workers train, through the real program.
@Suite(.serialized) struct `Models of many workers` {
  private func withParts(
    _ body: (_ folder: String, _ training: [String]) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/parts", "--training", "6", "--test", "1", "--size", "64",
      ])
      try await body(
        folder,
        [
          "train", "\(folder)/parts/train/good", "--scales", "17,33", "--students", "2", "--epochs",
          "2",
          "--image-size", "64", "--threads", "1",
        ])
    }
  }

  /// Whatever part a student is in, and whoever trains beside it.
  @Test(arguments: ["split", "cross"])
  func `are those of one, byte for byte`(calibration: String) async throws {
    try await withParts { folder, training in
      // A training with folds is many: of one receptive field.
      let training =
        training + ["--calibration", calibration]
        + (calibration == "cross" ? ["--scales", "17"] : [])
      let one = try Program(training + ["-o", "\(folder)/one.students"])
      #expect(one.status == 0, "\(one.errors)")
      let output = "\(folder)/many.students"
      for part in ["3/3", "1/3"] {
        let worker = try Program(training + ["-o", output, "--part", part])
        #expect(
          worker.status == 0 && worker.errors.contains("part \(part) is done"), "\(worker.errors)")
      }
      let early = try Program(["join", output])
      #expect(
        early.status == 2 && early.errors.contains("not all parts are done; start --part 2/3"))
      // By the variables of an engine, and from another folder.
      let words = (training + ["-o", "many.students"]).map { "'\($0)'" }.joined(separator: " ")
      let last = try Program(
        shell:
          "cd \(folder) && SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=7 SLURM_ARRAY_TASK_COUNT=3 "
          + "\(Program.path) \(words) --part auto")
      #expect(last.status == 0 && last.errors.contains("part 2/3 is done"), "\(last.errors)")
      let joined = try Program(["join", output])
      #expect(
        joined.status == 0 && joined.errors.contains("many.students: written"), "\(joined.errors)")
      #expect(try contents(ofFile: output) == contents(ofFile: "\(folder)/one.students"))
      #expect(try !isFolder("\(output).parts"))
    }
  }

  @Test func `go on where a worker was killed`() async throws {
    try await withParts { folder, training in
      let output = "\(folder)/part.students"
      let student = "\(output).parts/training-student-1--p---17.safetensors"
      let worker = try Program.started(training + ["-o", output, "--part", "1/2"])
      #expect(try await comesTrue { try fileExists(student) || !worker.process.isRunning })
      kill(worker.process.processIdentifier, SIGKILL)
      worker.process.waitUntilExit()
      let before = try contents(ofFile: student)
      for part in ["1/2", "2/2"] {
        #expect(try Program(training + ["-o", output, "--part", part]).status == 0)
      }
      #expect(try contents(ofFile: student) == before)
      let joined = try Program(["join", output])
      #expect(joined.status == 0, "\(joined.errors)")
    }
  }

  @Test func `refuse what does not belong together`() async throws {
    try await withParts { folder, training in
      let output = "\(folder)/part.students"
      #expect(try Program(training + ["-o", output, "--part", "1/2"]).status == 0)
      let other = try Program(training + ["-o", output, "--part", "2/2", "--seed", "9"])
      #expect(
        other.status == 2 && other.errors.contains("with other inputs (seed)"), "\(other.errors)")
      #expect(try Program(training + ["-o", output, "--part", "2/2"]).status == 0)
      let alone = try Program(training + ["-o", output, "--part", "1/1"])
      #expect(alone.status == 2 && alone.errors.contains("belongs to a training in 2 parts, not 1"))
      // What no student depends on, but the model.
      #expect(try Program(training + ["-o", output, "--part", "2/2", "--no-proof"]).status == 0)
      let mixed = try Program(["join", output])
      #expect(mixed.status == 2)
      #expect(mixed.errors.contains("belongs to other work than part 1/2 (options)"))
      #expect(try Program(training + ["--part=2/2", "-o", output]).status == 0)
      // A student that was left unfinished, or is damaged.
      let student = "\(output).parts/training-student-1--p---33.safetensors"
      let whole = try #require(try contents(ofFile: student))
      try FileManager.default.removeItem(atPath: student)
      let unfinished = try Program(["join", output])
      #expect(
        unfinished.status == 2
          && unfinished.errors.contains(
            "training student 1, p = 33: 0 of 2 steps are done; start the worker of this part again"
          ),
        "\(unfinished.errors)")
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: student))
      let damaged = try Program(["join", output])
      #expect(damaged.status == 2 && damaged.errors.contains("damaged since it was written"))
      try whole.write(to: URL(fileURLWithPath: student))
      let notes = "\(output).parts/2-of-2.pieces"
      try Data("{}".utf8).write(to: URL(fileURLWithPath: notes))
      let foreign = try Program(["join", output])
      #expect(foreign.status == 2 && foreign.errors.contains("2-of-2.pieces: damaged; delete it"))
      let baseline = try Program(training + ["-o", output, "--part", "1/2", "--method", "knn"])
      #expect(baseline.status != 0)
    }
  }
}
