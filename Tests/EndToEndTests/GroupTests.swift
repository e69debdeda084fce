import Files
import Foundation
import TestSupport
import Tensors
import Testing

/// Several processes, through the real program.
@Suite(.serialized) struct `Machines that train together` {
  /// Some photographs, and a teaching that learns without an encoder and takes long.
  private func teaching(_ folder: String, steps: Int) throws -> String {
    _ = try Program([
      "sample-data", "\(folder)/photos", "--training", "24", "--test", "1", "--size", "160",
    ])
    return "teach \(folder)/photos/train/good --losses m,c --scale 17 --batch 24 --steps \(steps) "
      + "--seed 3 --threads 1 -o \(folder)/t.safetensors --worker-timeout 30"
  }

  private func started(_ count: Int, _ arguments: String) throws -> [Program.Started] {
    let port = try freePort()
    return try (0..<count).map { rank in
      try Program.started(
        [
          "-c",
          "export RANK=\(rank) WORLD_SIZE=\(count) MASTER_ADDR=127.0.0.1 MASTER_PORT=\(port); "
            + "exec \(Program.path) \(arguments)",
        ], at: "/bin/bash")
    }
  }

  /// What a worker has said once it shows a step of the teaching, and that step; all that it said where
  /// it ends before.
  private func step(_ worker: Program.Started) -> (number: Int?, said: String) {
    var said = ""
    while true {
      let more = worker.errors.fileHandleForReading.availableData
      said += String(decoding: more, as: UTF8.self)
      let found = said.firstMatch(of: /teaching p = 17: ([0-9]+)\/[0-9]+,/)
      if let found { return (Int(found.1), said) }
      if more.isEmpty { return (nil, said) }
    }
  }

  /// How a worker ends, and what it says from now on.
  private func end(_ worker: Program.Started) -> (status: Int32, said: String) {
    let rest = worker.errors.fileHandleForReading.readDataToEndOfFile()
    worker.process.waitUntilExit()
    return (worker.process.terminationStatus, String(decoding: rest, as: UTF8.self))
  }

  @Test(.enabled(if: ProcessGroup.isBuilt, "built without libgloo-dev"))
  func `tell that one was killed`() async throws {
    try await withTemporaryFolder { folder in
      let workers = try started(3, teaching(folder, steps: 100_000))
      let (number, said) = step(workers[0])
      #expect(number != nil && said.contains("3 workers share each batch"), "\(said)")
      kill(workers[2].process.processIdentifier, SIGKILL)
      for worker in workers[..<2] {
        let (status, said) = end(worker)
        #expect(status == 2 && said.contains("has lost another worker"), "\(said)")
        #expect(said.contains("with --resume they continue from the last checkpoint"), "\(said)")
      }
      _ = end(workers[2])
      #expect(try !fileExists("\(folder)/t.safetensors"))
    }
  }

  @Test(.enabled(if: ProcessGroup.isBuilt, "built without libgloo-dev"))
  func `stop together where one is told to, and are gone on with by more`() async throws {
    try await withTemporaryFolder { folder in
      let work = try teaching(folder, steps: 100_000)
      let two = try started(2, work)
      #expect(step(two[0]).number != nil)
      kill(two[1].process.processIdentifier, SIGINT)
      let ends = two.map(end)
      #expect(ends.allSatisfy { $0.status == 130 && $0.said.contains("stopped; ") }, "\(ends)")
      let three = try started(3, work + " --resume")
      let (number, said) = step(three[0])
      #expect(number ?? 0 > 1, "\(said)")
      kill(three[0].process.processIdentifier, SIGTERM)
      let lasts = three.map(end)
      #expect(lasts.allSatisfy { $0.status == 130 && $0.said.contains("stopped; ") }, "\(lasts)")
    }
  }

  @Test(.enabled(if: ProcessGroup.isBuilt, "built without libgloo-dev"))
  func `make one model of students`() async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/parts", "--training", "6", "--test", "1", "--size", "64",
      ])
      let work =
        "train \(folder)/parts/train/good --scales 17 --image-size 64 --threads 1 -o \(folder)/part.students"
      for refused in ["--method knn", "--calibration cross"] {
        let ends = try started(2, "\(work) \(refused)").map(end)
        #expect(
          ends.allSatisfy { $0.status == 2 && $0.said.contains("unset MASTER_ADDR") }, "\(ends)")
      }
      let training = work + " --students 2 --epochs 2"
      let workers = try started(2, training).map(end)
      #expect(workers.allSatisfy { $0.status == 0 } && workers[1].said.isEmpty, "\(workers)")
      #expect(workers[0].said.contains("2 workers share each step"))
      let one = try Program(["info", "\(folder)/part.students", "--json"])
      #expect(one.status == 0 && one.output.contains("\"workers\""), "\(one.output)")
      let verified = try Program(["verify", "\(folder)/part.students"])
      #expect(verified.status == 0 && verified.output.contains("equal to the last bit"))
    }
  }

  @Test func `say what is missing where one is started alone`() async throws {
    try await withTemporaryFolder { folder in
      let work = try teaching(folder, steps: 2) + " --worker-timeout 1"
      let alone = try Program(
        shell: "MASTER_ADDR=127.0.0.1 RANK=0 WORLD_SIZE=2 \(Program.path) \(work)")
      #expect(alone.status == 2 && alone.errors.contains("MASTER_ADDR is set without MASTER_PORT"))
      // A rank without a master trains all by itself.
      let rank = try Program(shell: "RANK=1 WORLD_SIZE=2 \(Program.path) \(work)")
      #expect(rank.status == 0, "\(rank.errors)")
      guard ProcessGroup.isBuilt else { return }
      let early = try Program(
        shell:
          "MASTER_ADDR=127.0.0.1 MASTER_PORT=\(freePort()) RANK=0 WORLD_SIZE=2 \(Program.path) \(work)"
      )
      #expect(
        early.status == 2 && early.errors.contains("worker 0 of 2 did not meet the others"),
        "\(early.errors)")
    }
  }
}
