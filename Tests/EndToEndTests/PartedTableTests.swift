import Files
import Foundation
import TestSupport
import Testing

/// Tables that several workers fill, through the real program.
@Suite(.serialized) struct `A table in parts` {
  private func mnist(_ output: String) -> [String] {
    [
      "reproduce", "mnist", "--data", Golden.path("datasets/mnist"), "--methods",
      "knn,student-teacher", "--students", "1", "--epochs", "2", "--classes", "0,1", "--threads",
      "1", "--output", output,
    ]
  }

  private func mvtec(_ folder: String, _ output: String) -> [String] {
    [
      "reproduce", "mvtec", "--data", "\(folder)/data", "--methods", "student-teacher,knn",
      "--scales", "17", "--students", "1", "--epochs", "1", "--image-size", "64", "--threads",
      "1", "--output", output, "--markdown",
    ]
  }

  @Test func `is the one of one machine`() async throws {
    try await withTemporaryFolder { folder in
      let (one, output) = ("\(folder)/one.json", "\(folder)/t.json")
      // A variable alone makes no part.
      let slurm = "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=3"
      let command = { (arguments: [String]) in
        "\(slurm) \(Program.path) \(arguments.joined(separator: " "))"
      }
      let whole = try Program(shell: command(mnist(one)))
      #expect(whole.status == 0 && whole.output.contains("student-teacher"), "\(whole.errors)")
      // At the same time, so that both make the descriptors that all share.
      let workers = try ["3/3", "1/3"].map { try Program.started(mnist(output) + ["--part", $0]) }
      for worker in workers {
        worker.process.waitUntilExit()
        #expect(worker.process.terminationStatus == 0)
      }
      let early = try Program(["join", output])
      #expect(early.status == 2 && early.errors.contains("parts are missing; start 2/3"))
      #expect(try !fileExists(output))
      let claim = try OutputClaim("\(output).parts/2-of-3.json")
      let refused = try Program(mnist(output) + ["--part", "2/3"])
      #expect(refused.status == 2 && refused.errors.contains("another run is working on it"))
      claim.release()
      let second = try Program(shell: command(mnist(output) + ["--part", "auto"]))
      #expect(second.status == 0 && second.output.isEmpty)
      #expect(second.errors.contains("2-of-3.json: part 2/3 is done, 1 cell."), "\(second.errors)")
      let joined = try Program(["join", output])
      #expect(joined.status == 0 && joined.output == whole.output, "\(joined.errors)")
      #expect(try bytes(output) == bytes(one))
      // Nothing is left to do.
      let again = try Program(mnist(output))
      #expect(again.output == whole.output && !again.errors.contains("ROC-AUC"))
      // More workers, or another seed, are other work.
      for other in [["--part", "1/2"], ["--part", "1/3", "--seed", "2"]] {
        let refused = try Program(mnist(output) + other)
        #expect(refused.status == 2 && refused.errors.contains("-of-3.json: "), "\(refused.errors)")
      }
    }
  }

  @Test func `of MVTec AD is the one of one machine, with what failed`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["a", "b"] {
        _ = try Program([
          "sample-data", "\(folder)/data/\(name)", "--training", "2", "--test", "1", "--size", "64",
        ])
        for kind in ["chipped", "drilled", "stained"] {
          removeFolder("\(folder)/data/\(name)/test/\(kind)")
        }
      }
      try Data("none".utf8).write(to: URL(fileURLWithPath: "\(folder)/data/b/train/good/000.png"))
      let (one, output) = ("\(folder)/one.json", "\(folder)/t.json")
      let whole = try Program(mvtec(folder, one))
      #expect(whole.status == 2 && whole.output.contains("failed"), "\(whole.errors)")
      for part in 1...3 { _ = try Program(mvtec(folder, output) + ["--part", "\(part)/3"]) }
      let joined = try Program(["join", output, "--markdown"])
      #expect(
        joined.status == 2 && joined.errors.contains("4 cells of 3 parts"), "\(joined.errors)")
      #expect(try bytes(output) == bytes(one))
      // All but the table of times.
      let tables = { (program: Program) in program.output.split(separator: "| method |")[0] }
      #expect(tables(joined) == tables(whole) && tables(whole).contains("| a | 0."))
    }
  }

  @Test(.enabled(if: Fault.isAvailable)) func `is gone on with where a worker is killed`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let (one, output) = ("\(folder)/one.json", "\(folder)/t.json")
      #expect(try Program(mnist(one)).status == 0)
      let parts = "\(output).parts"
      // When its first training is saved, and when its first cell is.
      for (part, name) in [("1/2", "/seconds"), ("2/2", "/2-of-2.json")] {
        let worker = mnist(output) + ["--part", part]
        let kill = Fault(call: "rename", name: name, number: part == "1/2" ? 1 : 2, how: "KILL")
        #expect(try kill.status(of: worker, under: parts) == -SIGKILL)
        let early = try Program(["join", output])
        #expect(early.status == 2 && early.errors.contains("start "), "\(early.errors)")
        #expect(try Program(worker).status == 0)
      }
      #expect(try Program(["join", output]).status == 0)
      #expect(try bytes(output) == bytes(one))
      #expect(try names(inFolder: parts).filter { $0.hasSuffix(".checkpoint") }.isEmpty)
    }
  }

  @Test(arguments: [
    ["mnist", "--data", "x", "--part", "1/2"], ["mnist", "--data", "x", "--part", "3/2"],
    ["mvtec", "--data", "x", "--output", "y", "--part", "1/2", "--report", "z"],
    ["mnist", "--data", "x", "--output", "y", "--part", "auto"],
  ])
  func `is refused where a part makes no sense`(arguments: [String]) throws {
    let refused = try Program(["reproduce"] + arguments)
    #expect(refused.status == 2 && refused.errors.contains("--part"), "\(refused.errors)")
  }
}
