import ArgumentParser
import Files
import UninformedStudents

/// `students sample-data`.
struct SampleDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample-data",
    abstract: "Draw a small data set: steel rings, good and with defects, and their masks.",
    discussion:
      "The layout is that of MVTec AD; the same seed draws the same images. The folder may contain "
      + "only what an earlier run drew.")

  @Argument(help: "The folder to write to.")
  var folder: String

  @Option(help: "The number of good images to learn from.", in: .amount)
  var training = SampleData().training

  @Option(help: "The number of test images of each kind: good, and four defects.", in: .amount)
  var test = SampleData().test

  @Option(help: "The side of an image, in pixels.", in: .drawnSide)
  var size = SampleData().side

  @Option(help: "The seed of all randomness.", in: .seed)
  var seed = SampleData().seed

  func run() throws {
    var data = SampleData()
    (data.training, data.test, data.side, data.seed) = (training, test, size, seed)
    try AtomicFile.checkWritable(folder: folder)
    let display = ProgressDisplay()
    try data.write(to: folder) { display.show("drawing", $0, $1) }
  }
}
