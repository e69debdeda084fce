import ArgumentParser
import Files
import UninformedStudents

/// `students calibrate`.
struct Calibrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure anew what good pictures score, without training again.",
    discussion: """
      For when the light has changed a little, when more good pictures are at hand, or for another \
      --density. The pictures must not be those that the model has learnt from: what it knows by \
      heart scores too low, and good parts would be called anomalous. --kept-aside takes, of the \
      folder that the model was trained on, the pictures that were kept aside then.

      Examples:
        students calibrate part.students new-good -o part.new.students
        students calibrate part.students good --kept-aside --density full -o part.full.students
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Argument(help: "A folder of pictures of good parts.")
  var good: String

  @Option(name: .shortAndLong, help: "The model to write.")
  var output: String

  @Flag(help: "The folder is that of the training: take the pictures kept aside then.")
  var keptAside = false

  @Option(help: "Where maps are computed from now on: full, strided or screen.")
  var density: Density?

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  func run() async throws {
    let device = try compute.prepared()
    let trained = try TrainedModel(contentsOf: model).running(on: device)
    try AtomicFile.checkWritable(output)
    let claim = try OutputClaim(output)
    defer { claim.release() }
    let all = try ImageCollection(
      ImageFolder(good), maxPixels: compute.maxPixels, reading: files.reading)
    let pictures = try naming(good) { keptAside ? try trained.keptAside(of: all) : all }
    let display = ProgressDisplay()
    let run = TrainingRun(seed: trained.provenance.seed, device: device) { display.show($0) }
    let calibrated = try await stoppable(
      "nothing is written: a calibration is short, and starts again from its beginning"
    ) { [density] in
      try await trained.calibrated(on: pictures, density: density, run: run)
    }
    try calibrated.write(to: output)
    complain("\(output): written. \(calibrated.calibration.summary)")
  }
}

extension Calibration {
  /// What the good pictures score, and what rates they can promise.
  var summary: String {
    let wanted = threshold(falseAlarms: TrainedModel.defaultFalseAlarms)
    return "The \(scores.count) good pictures kept aside score "
      + "\(format(Double(scores[0]))) to \(format(Double(wanted.score))); they can promise a rate of "
      + "false alarms of \(format(leastFalseAlarms)) and above."
  }
}
