import ModelFiles
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      ModelFileError.foreign("m.students"), ModelFileError.newer("m.students", 99),
      ModelFileError.older("m.students", 1), ModelFileError.altered("m.students"),
      ModelFileError.damaged("p33.student0 has no weights"),
    ], "ModelFiles")
}
