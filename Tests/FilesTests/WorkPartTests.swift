import Files
import Foundation
import TestSupport
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

  @Test func `take every place of a list once`() throws {
    for count in 1...9 {
      let parts = try (1...count).map { try #require(WorkPart("\($0)/\(count)")) }
      let takers = (0..<7).map { place in parts.filter { $0.takes(place: place) }.map(\.number) }
      #expect(takers == (0..<7).map { [$0 % count + 1] })
    }
  }

  @Test func `are found by their files`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/t"
      #expect(try WorkPart.parts(of: output, ending: "json").isEmpty)
      let parts = try ["2/3", "10/12", "9/12"].map { try #require(WorkPart($0)) }
      #expect(parts[1].path(of: output, ending: "json") == "\(output).parts/10-of-12.json")
      try makeFolder(WorkPart.folder(of: output))
      for part in parts { try AtomicFile.write(Data(), to: part.path(of: output, ending: "json")) }
      for other in ["4-of-3.json", "01-of-3.json", "1/3.json", "2-of-3.json.times", "1-of-3.txt"] {
        let path = "\(output).parts/\(other)"
        try makeFolder(of: path)
        try AtomicFile.write(Data(), to: path)
      }
      #expect(try WorkPart.parts(of: output, ending: "json") == [parts[0], parts[2], parts[1]])
    }
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
