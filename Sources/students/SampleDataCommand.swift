import ArgumentParser
import UninformedStudents

/// `students sample-data`.
struct SampleDataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample-data",
    abstract: "Draw a small data set: steel rings, good and with defects, and their masks.",
    discussion: "The layout is that of MVTec AD; the same seed draws the same pictures.")

  @Argument(help: "The folder to write to.")
  var folder: String

  @Option(help: "Good pictures to learn from.")
  var training = SampleData().training

  @Option(help: "Test pictures of each kind: good, and four defects.")
  var test = SampleData().test

  @Option(help: "The side of a picture.")
  var size = SampleData().side

  @Option(help: "The source of all randomness.")
  var seed = SampleData().seed

  func validate() throws {
    guard training >= 1, test >= 1 else {
      throw ValidationError("--training and --test need at least 1.")
    }
    guard (16...4096).contains(size) else { throw ValidationError("--size needs 16 to 4096.") }
  }

  func run() throws {
    var data = SampleData()
    (data.training, data.test, data.side, data.seed) = (training, test, size, seed)
    let display = ProgressDisplay()
    try data.write(to: folder) { display.show("drawing", $0, $1) }
  }
}
