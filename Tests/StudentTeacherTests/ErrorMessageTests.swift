import StudentTeacher
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      TeacherTrainingError.noEncoder, TeacherTrainingError.noLoss,
      TeacherTrainingError.lostPhoto("https://a.net/b.png: not found (404)"),
      TeacherTrainingError.nothingHeldOut, TeacherTrainingError.otherStart(33, 65),
      TeacherFileError.foreign("t.safetensors"),
    ], "StudentTeacher")
}
