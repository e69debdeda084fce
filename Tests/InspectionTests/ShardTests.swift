import Files
import Foundation
import TestSupport
import Testing

@testable import Inspection

@Suite struct `Shards of inspections` {
  private let names = (0..<40).map { "images/\($0).png" }

  private func plan(_ parts: Int, model: String = "m", falseAlarms: Double? = nil) -> ShardPlan {
    ShardPlan(names, parts: parts, model: model, falseAlarms: falseAlarms, isExplained: false)
  }

  private func record(_ number: Int) -> String { "{\"image\":\"\(names[number])\",\"n\":{}}" }

  /// Does a part as a worker does.
  private func work(
    _ part: String, in folder: String, plan: ShardPlan, upTo most: Int = .max,
    failing: Set<Int> = []
  ) throws -> Int {
    let part = try #require(WorkPart(part))
    let shard = try ShardFile(part, of: plan, in: folder)
    var count = 0
    for number in names.indices where part.takes(names[number]) && !shard.done.contains(number) {
      try shard.append(record(number), number: number, isFailure: failing.contains(number))
      count += 1
    }
    try shard.finish()
    return count
  }

  private func lines(_ folder: String) throws -> [String] {
    var lines: [String] = []
    try MergedShards(folder).forEachLine { lines.append($0) }
    return lines
  }

  @Test func `merge into what one machine says`() async throws {
    try await withTemporaryFolder { folder in
      var count = 0
      for part in ["3/3", "1/3", "2/3"] { count += try work(part, in: folder, plan: plan(3)) }
      #expect(count == 40)
      #expect(try lines(folder) == names.indices.map(record))
    }
  }

  /// Wherever a worker is killed, also within a line: nothing is lost, nothing twice.
  @Test func `go on where a worker was killed`() async throws {
    try await withTemporaryFolder { folder in
      for part in ["1/2", "2/2"] { _ = try work(part, in: folder, plan: plan(2)) }
      let path = "\(folder)/shard-000002-of-000002.jsonl"
      let whole = try #require(try contents(ofFile: path))
      let head = try #require(whole.firstIndex(of: UInt8(ascii: "\n"))) + 1
      for length in stride(from: head, to: whole.count, by: 37) {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: ShardError.unfinished(path)) { try MergedShards(folder) }
        _ = try work("2/2", in: folder, plan: plan(2))
        #expect(try lines(folder) == names.indices.map(record), "cut at \(length)")
        #expect(try contents(ofFile: path) == whole)
      }
    }
  }

  @Test func `try again what failed`() async throws {
    try await withTemporaryFolder { folder in
      _ = try work("1/1", in: folder, plan: plan(1), failing: [3, 7])
      #expect(try MergedShards(folder).failures == 2)
      #expect(try work("1/1", in: folder, plan: plan(1)) == 2)
      #expect(try MergedShards(folder).failures == 0)
      #expect(try lines(folder) == names.indices.map(record))
    }
  }

  @Test func `are refused where they do not belong together`() async throws {
    try await withTemporaryFolder { folder in
      #expect(throws: ShardError.none(folder)) { try MergedShards(folder) }
      _ = try work("1/2", in: folder, plan: plan(2))
      let (one, two) = (
        "\(folder)/shard-000001-of-000002.jsonl", "\(folder)/shard-000002-of-000002.jsonl"
      )
      #expect(throws: ShardError.missing([two])) { try MergedShards(folder) }
      #expect(throws: ShardError.otherPlan(one, ["the model"])) {
        try work("1/2", in: folder, plan: plan(2, model: "other"))
      }
      #expect(throws: ShardError.otherPlan(one, ["--false-alarms"])) {
        try work("1/2", in: folder, plan: plan(2, falseAlarms: 0.1))
      }
      #expect(throws: ShardError.otherPlan(one, ["the number of parts"])) {
        try work("1/3", in: folder, plan: plan(3))
      }
      _ = try work("2/2", in: folder, plan: plan(2, model: "other"))
      #expect(throws: ShardError.otherPlan(two, ["the model"])) { try MergedShards(folder) }
    }
  }

  @Test func `are refused where images are there twice or lost`() async throws {
    try await withTemporaryFolder { folder in
      _ = try work("1/1", in: folder, plan: plan(1))
      let path = "\(folder)/shard-000001-of-000001.jsonl"
      let whole = String(decoding: try #require(try contents(ofFile: path)), as: UTF8.self)
      var lines = whole.split(separator: "\n").map(String.init)
      lines.insert(lines[5], at: 5)
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: ShardError.twice(path, 4)) { try MergedShards(folder) }
      lines.removeSubrange(5...6)
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: ShardError.lost(1)) { try MergedShards(folder) }
      try Data("nonsense\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: ShardError.foreign(path)) { try MergedShards(folder) }
      #expect(throws: ShardError.foreign(path)) { try work("1/1", in: folder, plan: plan(1)) }
    }
  }

  /// A worker has its part alone.
  @Test func `belong to one worker at a time`() async throws {
    try await withTemporaryFolder { folder in
      let first = try ShardFile(.whole, of: plan(1), in: folder)
      #expect(throws: OutputClaimError.self) { try ShardFile(.whole, of: plan(1), in: folder) }
      try first.finish()
      _ = try ShardFile(.whole, of: plan(1), in: folder)
    }
  }
}
