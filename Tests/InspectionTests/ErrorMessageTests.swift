import TestSupport
import Testing
@testable import Inspection

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      CalibrationError.noSuchImage("d.png", among: ["a.png", "b.png", "c.png"]),
      CalibrationError.noneLeft,
      CalibrationError.notCalibrated(precision: .bf16, density: .strided, for: [["fp32", "full"]]),
      CalibrationError.changedByHalving(0.02), GoodImagesError.tooFew(0), GoodImagesError.tooFew(1),
      GoodImagesError.noneToCalibrate, GoodImagesError.learntFrom(["a.png", "b.png"], of: 20),
      GoodImagesError.others(21, than: 20), GoodImagesError.otherContent,
      GoodImagesError.noneHeldOut, ProofError.none, ProofError.otherSize("a.png"),
      ShardError.otherPlan("found/1-of-2.jsonl", ["model", "images"]), ShardError.none("found"),
      ShardError.foreign("found/1-of-2.jsonl"), ShardError.missing(["found/1-of-2.jsonl"]),
      ShardError.unfinished("found/1-of-2.jsonl"), ShardError.lost(1), ShardError.lost(3),
      ShardError.twice("found/1-of-2.jsonl", 6), ExportError.needsCamera,
      ExportError.otherPrecision(.bf16), ExportError.notHalved,
    ], "Inspection")
}
