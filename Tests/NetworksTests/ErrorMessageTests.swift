import Networks
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      WeightsError.missing("conv1.weight"),
      WeightsError.shape("conv1.weight", found: [64, 3, 7, 7], expected: [128, 3, 5, 5]),
      WeightsError.notFinite("conv1.weight"), WeightsError.depth(9, of: 5),
    ], "Networks")
}
