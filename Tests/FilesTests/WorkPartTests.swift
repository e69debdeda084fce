import Files
import Testing

@Suite struct `Parts of work` {
  @Test func `are read from a word`() {
    #expect(WorkPart("3/8")?.number == 3 && WorkPart("3/8")?.count == 8)
    #expect(WorkPart("1/1") == .whole && WorkPart("3/8")?.description == "3/8")
    for word in ["", "3", "0/8", "9/8", "-1/8", "3/0", "3/8/1", "a/b", "3/", "1/9999999"] {
      #expect(WorkPart(word) == nil, "\(word)")
    }
  }

  /// Every name is in one part, and parts are about alike.
  @Test func `take every name once`() throws {
    let parts = try (1...7).map { try #require(WorkPart("\($0)/7")) }
    var counts = [Int](repeating: 0, count: 7)
    for number in 0..<7000 {
      let takers = parts.indices.filter { parts[$0].takes("images/\(number).png") }
      #expect(takers.count == 1)
      for taker in takers { counts[taker] += 1 }
    }
    // Of 1,000 expected in each, five deviations.
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
    #expect(WorkPart.whole.takes("any"))
  }

  @Test func `are what an engine says`() throws {
    let slurm = [
      "SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "10",
      "SLURM_ARRAY_TASK_STEP": "2",
    ]
    #expect(try WorkPart.ofEngine(slurm) == WorkPart("3/4"))
    #expect(
      try WorkPart.ofEngine(["SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "4"])
        == WorkPart("1/4"))
    #expect(
      try WorkPart.ofEngine(["JOB_COMPLETION_INDEX": "3", "JOB_COMPLETION_COUNT": "4"])
        == WorkPart("4/4"))
    #expect(try WorkPart.ofEngine(["RANK": "0", "WORLD_SIZE": "2"]) == WorkPart("1/2"))
    #expect(try WorkPart.ofEngine(["WORLD_SIZE": "2"]) == nil)
  }

  @Test func `are refused where an engine says nonsense`() {
    #expect(throws: WorkPartError.missing("JOB_COMPLETION_COUNT", beside: "JOB_COMPLETION_INDEX")) {
      try WorkPart.ofEngine(["JOB_COMPLETION_INDEX": "3"])
    }
    #expect(throws: WorkPartError.noPart("RANK", "x")) {
      try WorkPart.ofEngine(["RANK": "x", "WORLD_SIZE": "2"])
    }
    #expect(throws: WorkPartError.self) {
      try WorkPart.ofEngine(["RANK": "2", "WORLD_SIZE": "2"])
    }
    #expect(throws: WorkPartError.self) {
      try WorkPart.ofEngine(["RANK": "9223372036854775807", "WORLD_SIZE": "2"])
    }
  }
}
