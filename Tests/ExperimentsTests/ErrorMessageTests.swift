import Files
import TestSupport
import Testing

@testable import Experiments

@Test func `snapshot of error messages`() throws {
  let part = try #require(WorkPart("2/2"))
  try expectSnapshot(
    of: [
      ExperimentError.foreignResults("out.json"), ExperimentError.otherResults("out.json"),
      ExperimentError.noCategories("mvtec"), ExperimentError.notOneClass("ssim-ae"),
      ExperimentError.noDefects, ExperimentError.tooFewImages(of: "7", training: 1, test: 0),
      PartError.none("out.json"), PartError.otherCount("out.json.parts/1-of-2.json", 3),
      PartError.otherWork("out.json.parts/1-of-2.json", ["--seed 1, not 2", "another data set"]),
      PartError.mixed("out.json.parts/2-of-2.json", part, ["--seed 1, not 2"]),
      PartError.missing([part], of: "out.json"),
      PartError.damaged("out.json.parts/2-of-2.json", part),
      PartError.unfinished("out.json.parts/2-of-2.json", part, 1),
      PartError.unfinished("out.json.parts/2-of-2.json", part, 3),
      PartError.foreignCell("out.json.parts/2-of-2.json", part, "bottle, p = 65"),
      PartError.otherTable("out.json"), ReportError(page: "report/index.html"),
    ], "Experiments")
}
