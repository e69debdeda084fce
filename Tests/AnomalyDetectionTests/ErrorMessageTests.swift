import AnomalyDetection
import Images
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      MappingError.tooSmall(height: 40, width: 50, least: 65), MappingError.noDensity,
      MappingError.notFinite,
      CheckpointError.others("m.students.unfinished/a", ["images", "epochs"]),
      CheckpointError.damaged("m.students.unfinished/a"),
      CheckpointError.damagedPart("m.students.parts/2-of-3/a"),
      FramingError.regionOutside(
        "a.png", Rectangle(x: 10, y: 20, width: 300, height: 200), height: 90, width: 80),
      FramingError.otherShape("a.png", height: 90, width: 80, than: 180, 160),
      FramingError.marksNothing("mask.png"), FramingError.marksEverything("mask.png"),
      FramingError.nothingLeft("a.png"), PrecisionError.notOnDevice(.tf32),
      PrecisionError.notOfMethod(.bf16), TrainingError.noTeacher(33), TrainingError.noEncoder,
      TrainingError.diverged, TrainingError.noVariation,
      TrainingError.unfinishedPiece("m.students.parts/2-of-3/student-4", done: 5, of: 30),
      TrainingError.tooFewPatches(1), TrainingError.tooFewPatches(0),
    ], "AnomalyDetection")
}
