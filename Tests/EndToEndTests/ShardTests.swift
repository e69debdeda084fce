import Foundation
import TestSupport
import Testing
import UninformedStudents

/// Many workers, through the real program, with a small model that is there.
@Suite(.serialized) struct `Images that many workers share` {
  private let model = "\(Golden.folder)/models/knn-0.1.0.students"

  /// Images of parts, one that is none, and the list of all.
  private func withList(
    _ body: (_ folder: String, _ list: String, _ one: String) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      _ = try Program(["sample-data", parts, "--training", "12", "--test", "1", "--size", "64"])
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(parts)/train/good")
        .sorted()
      let paths = names.map { "\(parts)/train/good/\($0)" } + ["\(folder)/missing.png"]
      let list = "\(folder)/list.txt"
      try Data(paths.joined(separator: "\r\n").utf8).write(to: URL(fileURLWithPath: list))
      let one = try Program(["inspect", model, "--list", list, "--json"])
      #expect(one.status == 2 && one.output.split(separator: "\n").count == 13)
      try await body(folder, list, one.output)
    }
  }

  @Test func `say together what one says alone`() async throws {
    try await withList { folder, list, one in
      let work = ["inspect", model, "--list", list, "--shards", "\(folder)/shards"]
      for part in ["2/3", "3/3"] { _ = try Program(work + ["--shard", part]) }
      let early = try Program(["merge", "\(folder)/shards"])
      #expect(early.status == 2 && early.errors.contains("shard-000001-of-000003.jsonl: missing"))
      let rank = try Program(
        shell: "RANK=0 WORLD_SIZE=3 \(Program.path) \(work.joined(separator: " "))")
      #expect(rank.errors.contains("part 1/3"), "\(rank.errors)")
      let merged = try Program(["merge", "\(folder)/shards"])
      #expect(merged.status == 2 && merged.output == one, "\(merged.errors)")
      // The image that was missing is tried again.
      try FileManager.default.copyItem(
        atPath: "\(folder)/parts/train/good/000.png", toPath: "\(folder)/missing.png")
      for part in 1...3 { _ = try Program(work + ["--shard", "\(part)/3"]) }
      let again = try Program(["merge", "\(folder)/shards"])
      #expect(again.status == 0 && again.output.split(separator: "\n").count == 13)
    }
  }

  @Test func `are finished by the next worker where one is killed`() async throws {
    try await withList { folder, list, one in
      let shards = "\(folder)/shards"
      let work = ["inspect", model, "--list", list, "--shards", shards]
      for _ in 1...3 {
        let started = try Program.started(work)
        let path = "\(shards)/shard-000001-of-000001.jsonl"
        let before = (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count ?? 0
        // Another line is there, or nothing was left to do.
        let isReady = try await comesTrue {
          let size = (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count ?? 0
          return size > before || !started.process.isRunning
        }
        #expect(isReady)
        kill(started.process.processIdentifier, SIGKILL)
        started.process.waitUntilExit()
      }
      let last = try Program(work)
      #expect(last.status == 2 && last.errors.contains("done already"), "\(last.errors)")
      #expect(try Program(["merge", shards]).output == one)
    }
  }
}
