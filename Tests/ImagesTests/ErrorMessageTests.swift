import TestSupport
import Testing
@testable import Images

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      ImageFileError.missing("a.png"), ImageFileError.unreadable("a.png"),
      ImageFileError.notAFile("a.png"), ImageFileError.empty("a.png"), ImageFileError.empty("-"),
      ImageFileError.foreign("a.gif"), ImageFileError.unsupported("a.tif", "TIFF of CIELAB"),
      ImageFileError.damaged("a.jpg", "premature end of file"),
      ImageFileError.tooLarge("a.png", pixels: 200_000_000, limit: 100_000_000),
      ImageFileError.tooMuchMemory("a.png", bytes: 3 << 30, limit: 2 << 30),
      ImageFileError.tooManyBytes("a.png", limit: 800 << 20),
      ImageFileError.needsRange("a.tif", "TIFF of 32-bit floats"),
      ImageFileError.notFinite("a.tif"),
      ImageFileError.outOfRange("a.tif", lowest: -0.25, highest: 70_000, 0...65535),
      MaskError.otherAspect("m.png", height: 90, width: 80, imageHeight: 60, imageWidth: 80),
      MaskError.unknownTurn("m.png", orientation: 6),
      OriginError(path: "maps/a.png", origin: .heatMap),
      OriginError(path: "maps/scores.json", origin: .scores),
    ], "Images")
}
