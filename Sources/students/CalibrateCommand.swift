import ArgumentParser
import Files
import UninformedStudents

/// `students calibrate`.
struct Calibrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Calibrate the decision again on good images, without training again.",
    discussion: """
      Use it when the light has changed a little, when more good images are available, or for \
      another --density or --precision. The images must not be those that the model has learnt \
      from: these score too low, and good parts would then be called anomalous. --held-out takes \
      those images of the training's folder that were held out.

      --leave-out takes images out of the calibration that turned out not to be good. Without a \
      folder nothing is measured again, and it takes no time. Leave out only images that a person \
      has inspected: to leave out good images because they score high breaks the promise.

      Examples:
        students calibrate part.students new-good -o part.new.students
        students calibrate part.students good --held-out --density full -o part.full.students
        students calibrate part.students --leave-out dusty.png -o part.clean.students
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Argument(help: "A folder of images of good parts; optional with --leave-out.")
  var good: String?

  @Option(name: .shortAndLong, help: "The model to write.")
  var output: String

  @Flag(
    name: [.customLong("held-out"), .customLong("kept-aside")],
    help: "The folder is that of the training; take the images that were held out.")
  var heldOut = false

  @Option(
    parsing: .upToNextOption,
    help: "Images to leave out of the calibration, by name.")
  var leaveOut: [String] = []

  @Option(
    help: ArgumentHelp(
      "The share of an image's pixels, the most anomalous ones, whose mean is its score from now on.",
      discussion: "0 takes the most anomalous pixel alone. The default is that of the model."),
    in: .share)
  var topShare: Double?

  @Option(help: "Where maps are computed from now on: full, strided or screen.")
  var density: Density?

  @OptionGroup var files: ReadingOptions

  @Option(help: Precision.help)
  var precision: Precision?

  @Flag(
    help: ArgumentHelp(
      "Round the weights to 16 bits first, for 'students export --half'.",
      discussion: """
        Maps are still computed with 32 bits. It is refused where a score changes by more than a thousandth.
        """))
  var half = false

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether the model carries a few good images for 'students verify'.",
      discussion: "The default is that of the model."))
  var proof: Bool?

  @OptionGroup var suspects: SuspectOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard good != nil || !leaveOut.isEmpty else {
      throw ValidationError("Give a folder of good images, or images to --leave-out.")
    }
    guard
      good != nil
        || (!heldOut && topShare == nil && density == nil && precision == nil && !half
          && proof != true
          && suspects.suspects == nil)
    else {
      throw ValidationError(
        "--held-out, --top-share, --density, --precision, --half, --proof and --suspects need a folder of "
          + "good images."
      )
    }
    guard !half || (precision ?? .fp32) == .fp32 else {
      throw ValidationError(
        "--half needs --precision fp32: it rounds the weights, and maps are computed with 32 bits.")
    }
  }

  func run() async throws {
    let device = try compute.prepared()
    let trained = try TrainedModel(contentsOf: model)
    try AtomicFile.checkWritable(output)
    let claim = try OutputClaim(output)
    defer { claim.release() }
    guard let good else {
      let rest = try naming(model) { try trained.leavingOut(leaveOut) }
      return try write(proof == false ? rest.withoutProof() : rest)
    }
    let folder = try ImageFolder(good)
    for note in folder.notes { complain(note) }
    let all = ImageCollection(
      folder, maxPixels: compute.maxPixels, reading: files.reading(for: trained))
    let parts = try naming(good) { heldOut ? try trained.parts(of: all) : nil }
    let images = try naming(good) { try (parts?.heldOut ?? all).leavingOut(leaveOut) }
    let display = ProgressDisplay()
    _ = try await check(images, trained.framing, display)
    let run = TrainingRun(seed: trained.provenance.seed, device: device) { display.show($0) }
    let calibrated = try await stoppable(
      "nothing is written; a calibration is short, so start it again"
    ) { [topShare, density, precision, half, proof, learnt = parts?.training] in
      guard half else {
        return try await trained.calibrated(
          on: images, density: density, precision: precision, topShare: topShare,
          learnt: learnt, keepsProof: proof, run: run)
      }
      let (model, change) = try await naming(model) {
        try await trained.halved(
          calibratedOn: images, density: density, topShare: topShare, learnt: learnt,
          keepsProof: proof, run: run)
      }
      complain("weights rounded to 16 bits: scores change by \(change) of their value at most")
      return model
    }
    try write(calibrated)
    try await suspects.show(images, calibrated, on: device)
  }

  private func write(_ calibrated: TrainedModel) throws {
    try calibrated.write(to: output)
    complain("\(output): written. \(calibrated.calibration.summary)")
  }
}
