import Foundation
import TestSupport
import Testing
@testable import Files

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      FileError("", .noName), FileError("/dev/null", .noPlainFile), FileError("maps", .noFolder),
      FileError("m.students", .system(ENOSPC)), FileError("no/m.students", .system(ENOENT)),
      FileError("models", .system(EISDIR)), FileError("m.students", .system(EACCES)),
      FileError("m.students", .system(EIO)),
      FileContentError(path: "m.students", error: FileReadingError("tensors", EIO)),
      FileReadingError("m.students", EACCES), FileReadingError("m.students", EFBIG),
      FileReadingError("m.students", ENODATA), FileReadingError("m.students", EIO),
      FolderError(folder: "good", code: ENOENT), FolderError(folder: "good.png", code: ENOTDIR),
      FolderError(folder: "good", code: EACCES), FolderError(folder: "good", code: EIO),
      OutputClaimError(output: "m.students", process: 4711),
      OutputClaimError(output: "m.students", process: nil),
      MissingResources(expected: "/opt/students/UninformedStudents.resources"),
      WorkPartError.missing("SLURM_ARRAY_TASK_COUNT", beside: "SLURM_ARRAY_TASK_ID"),
      WorkPartError.noPart("RANK", "-1"),
    ], "Files")
}
