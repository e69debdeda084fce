import TestSupport
import Testing

@testable import Tensors

@Suite(.enabled(if: ProcessGroup.isBuilt, "built without libgloo-dev"))
struct `Processes in a group` {
  @Test(arguments: [2, 3])
  func `add up what they found`(count: Int) async throws {
    let found = try await together(count) { group in
      let rank = Double(group.rank)
      let tensors = try group.sums([
        Tensor(shape: [2, 2], scalars: [1, 2, 3, Float(rank)]),
        Tensor(shape: [3], scalars: [Float(rank), 0, -1]),
      ])
      return (
        try tensors.map { try $0.scalars() }, tensors.map(\.shape), try group.sums([rank, 0.5])
      )
    }
    let n = Float(count)
    let ranks = n * (n - 1) / 2
    for (tensors, shapes, numbers) in found {
      #expect(tensors == [[n, 2 * n, 3 * n, ranks], [ranks, 0, -n]])
      #expect(shapes == [[2, 2], [3]])
      #expect(numbers == [Double(ranks), Double(n) / 2])
    }
  }

  /// A number of everybody's rows has the same gradient as in one process, in parts.
  @Test func `gather rows, with a gradient for their own`() async throws {
    let rows = (0..<7 * 3).map { Float($0) * 0.3 - 2 }
    let number = { @Sendable (all: Tensor) in try (all.squared().sum() * all.sum()) }
    let whole = try Tensor(shape: [7, 3], scalars: rows).parameter()
    let expected = try number(whole).gradients(for: [whole])[0].scalars()
    let counts = [2, 4, 1]
    let found = try await together(3) { group in
      let before = counts[..<group.rank].reduce(0, +)
      let own = Array(rows[before * 3..<(before + counts[group.rank]) * 3])
      let parameter = try Tensor(shape: [counts[group.rank], 3], scalars: own).parameter()
      let all = try group.gathered(parameter, counts: counts)
      #expect(try all.detached().scalars() == rows)
      return try number(all).gradients(for: [parameter])[0].scalars()
    }
    #expect(found.flatMap(\.self) == expected)
  }

  @Test func `take over what rank 0 has`() async throws {
    let found = try await together(3) { group in
      let tensor = try Tensor(shape: [2], scalars: [Float(group.rank + 5), 1])
      try group.broadcast([tensor])
      return try tensor.scalars()
    }
    #expect(found == Array(repeating: [5, 1], count: 3))
  }

  @Test(arguments: [(7, 3), (3, 3), (100, 8)])
  func `share things out evenly`(things: Int, count: Int) async throws {
    let shares = try await together(count) { try $0.share(of: things, named: "things") }
    #expect(shares.flatMap { Array($0) } == Array(0..<things))
    #expect(Set(shares.map(\.count)).count <= 2)
    await #expect(throws: ProcessGroupError.self) {
      try await together(2) { try $0.share(of: 1, named: "things") }
    }
  }

  @Test func `say that one is lost, each within its time`() async throws {
    let found = try await together(3, timeout: 3) { group in
      // The last one ends without a word.
      guard group.rank < 2 else { return "" }
      do {
        for _ in 0..<3 { _ = try group.sums([1]) }
        return "nothing was wrong"
      } catch { return "\(error)" }
    }
    for error in found.prefix(2) {
      #expect(
        error.contains("has lost another worker, which has ended, is cut off or is too slow"),
        "\(error)")
    }
  }

  @Test func `say that nobody came`() throws {
    for rank in 0...1 {
      let place = Rendezvous(host: "127.0.0.1", port: try freePort(), rank: rank, worldSize: 2)
      let error = #expect(throws: ProcessGroupError.self) {
        try ProcessGroup(place, device: .cpu, timeout: 1)
      }
      #expect(
        "\(error, default: "")".contains("did not meet the others at 127.0.0.1:\(place.port)"))
    }
    #expect(throws: ProcessGroupError.self) {
      try ProcessGroup(
        Rendezvous(host: "no.such.host.invalid", port: 9, rank: 1, worldSize: 2), device: .cpu,
        timeout: 1)
    }
  }
}

@Suite struct `The place where processes meet` {
  private let place = ["MASTER_ADDR": "node1", "MASTER_PORT": "29500"]

  private func found(_ variables: [String: String]) throws -> Rendezvous? {
    try Rendezvous(environment: place.merging(variables) { $1 })
  }

  @Test func `is told by torchrun, Slurm, or by hand`() throws {
    var expected = Rendezvous(host: "node1", port: 29500, rank: 2, worldSize: 4)
    #expect(try found(["RANK": "2", "WORLD_SIZE": "4"]) == expected)
    #expect(try found(["SLURM_PROCID": "2", "SLURM_NTASKS": "4"]) == expected)
    (expected.hasStore, expected.prefix) = (true, "/attempt_3")
    #expect(
      try found([
        "RANK": "2", "WORLD_SIZE": "4", "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "3",
      ]) == expected)
    #expect(try Rendezvous(environment: ["RANK": "0", "WORLD_SIZE": "2"]) == nil)
    #expect(try found(["RANK": "0", "WORLD_SIZE": "1"]) == nil)
  }

  @Test(arguments: [
    ([:], "without RANK"), (["RANK": "1"], "without WORLD_SIZE"),
    (["SLURM_PROCID": "1"], "without SLURM_NTASKS"),
    (["RANK": "2", "WORLD_SIZE": "2"], "RANK=2: must be a number from 0 to 1"),
    (["RANK": "-1", "WORLD_SIZE": "2"], "RANK=-1"),
    (["RANK": "0", "WORLD_SIZE": "0"], "WORLD_SIZE=0"),
    (["RANK": "0", "WORLD_SIZE": "99999999999999999999"], "WORLD_SIZE=9999"),
    (["RANK": "0", "WORLD_SIZE": "2", "MASTER_PORT": "65536"], "MASTER_PORT=65536"),
  ])
  func `is not made of what makes no sense`(variables: [String: String], words: String) throws {
    let error = #expect(throws: RendezvousError.self) { try found(variables) }
    #expect("\(error, default: "")".contains(words))
  }
}
