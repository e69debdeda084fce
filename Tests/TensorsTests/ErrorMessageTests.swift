import Tensors
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      ProcessGroupError.notBuilt,
      ProcessGroupError.noMeeting(
        Rendezvous(host: "10.0.0.1", port: 29500, rank: 1, worldSize: 2), "timed out"),
      ProcessGroupError.lost(rank: 1, of: 2, "connection reset"),
      ProcessGroupError.otherInputs(rank: 1, ["photographs", "seed"]),
      ProcessGroupError.otherInputs(rank: 1, []),
      ProcessGroupError.tooMany(9, for: 8, of: "patches"), RendezvousError.missing("MASTER_PORT"),
      RendezvousError.makesNoSense("RANK", "2", 0...1),
    ], "Tensors")
}
