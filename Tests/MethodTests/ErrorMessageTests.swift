import TestSupport
import Testing
import UninformedStudents

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      BundledTeacherError.resourcesMissing("/opt/students/UninformedStudents.resources")
    ], "UninformedStudents")
}
