import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students train`.
struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learn what good parts look like, from images of good parts alone.",
    discussion: """
      Students learn to imitate a teacher on the good images; where a new image differs, they \
      fail. Some images are held out to calibrate the decision: a third, but no more than 20, until a \
      tenth is more. The result is one file.

      The held-out images decide what rate of false alarms can be promised: n of them promise 1 / (n + \
      1) and above. One odd image among them rules the threshold, so those that score most unusually \
      are named; --suspects shows where they are odd. What is not a good part is taken out by \
      'students calibrate --leave-out'.

      Ctrl-C stops after the current step and keeps the work; --resume goes on with it.

      Examples:
        students train good -o part.students
        students train good -o part.students --recipe paper --device cuda
      """)

  @Argument(help: "A folder of images of good parts.")
  var goodFolder: String

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @Option(help: "student-teacher, or a baseline of the paper.")
  var method = MethodEntry.studentTeacher

  @Option(
    help: ArgumentHelp(
      "Receptive fields: 17, 33, 65, or several with commas; one for a baseline.",
      discussion:
        "The default is all three, and 65 for a baseline. 33 alone takes a third of the time. "
        + "Methods without a teacher have none."), in: .scales)
  var scales: Scales?

  @Option(help: "Students for each receptive field.", in: .students)
  var students = 3

  @Option(
    help: ArgumentHelp(
      "Times that each image is seen.",
      discussion: "The default is what the recipe needs: 100 for paper, 2,000 steps for fast. For "
        + "ssim-ae, anogan and ocgan, times that each of 10,000 views is seen."), in: .epochs)
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "What a good part may do: turn, flip, shift, light, or several with commas.",
      discussion: """
        For student-teacher. Students then see each image turned by any angle, mirrored, moved by up to \
        4 % of its side, or lit by up to 10 % brighter or darker, again at random each time: so few images \
        teach what only many would show. Name nothing that is a defect: of a part that must not lie the \
        other way round, not flip.
        """), in: .partChanges)
  var augment: PartChanges?

  @OptionGroup var looking: FramingOptions

  @Option(help: "The source of all randomness; the same seed gives the same file.", in: .seed)
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The share of images held out for the calibration.",
      discussion: "The default is a third, but no more than 20 images, until a tenth is more."),
    in: .part)
  var validation: Double?

  @Option(
    help: ArgumentHelp(
      "split (some images are held out) or cross (all are learnt from).",
      discussion: """
        cross trains five more times, each time without a fifth of the images, which is scored then, and \
        at last from all images: for few images where time allows. Its rates hold about, those of \
        split exactly.
        """))
  var calibration = CalibrationChoice.split

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether the model keeps normal patches, which 'students inspect --explain' shows.",
      discussion: """
        A thousand descriptors and sixteen images of 256 × 256 pixels: less than 4 MB. Leave them out \
        where no picture of a part may leave the house. Methods without a teacher keep none.
        """))
  var memory = true

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether the model carries four held-out images with their scores, for 'students verify'.",
      discussion: """
        They show whether another machine judges alike. Files of up to 4 MiB are kept as they are, of \
        larger ones the square that the model sees. Leave them out where no image of a part may leave the \
        house.
        """))
  var proof = true

  @OptionGroup var suspects: SuspectOptions

  @Option(
    help: ArgumentHelp(
      "fast (minutes on a processor) or paper (for a graphics card).",
      discussion: "The default is fast on a processor, paper on a graphics card."))
  var recipe: Recipe?

  @Option(
    help: ArgumentHelp(
      "Where maps are computed: full (every pixel), strided (every 4th, faster) or screen.",
      discussion: """
        screen is as strided, but leaves the smallest receptive field, which costs most, out of \
        parts that look ordinary to the others. The default is strided for fast, full for paper.
        """))
  var density: Density?

  @Option(help: "What stands beyond the border of an image: reflection, replication or zeros.")
  var padding = Padding.reflection

  @Option(help: "Another step size for Adam.", in: .learningRate)
  var learningRate: Double?

  @OptionGroup(title: "Options of baselines") var baseline: BaselineOptions

  @Option(help: "A teacher to use instead of the bundled one; once for each receptive field.")
  var teacher: [String] = []

  @Flag(help: "Go on with a training that was stopped or killed.")
  var resume = false

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard validation == nil || calibration == .split else {
      throw ValidationError("--validation belongs to --calibration split; leave one out.")
    }
    guard method.fusesScales || fields.count == method.receptiveFields.count else {
      throw ValidationError(
        "--method \(method) takes "
          + (method.usesTeacher ? "one receptive field, say --scales 65." : "no --scales."))
    }
    guard method.learnsByGradients || (epochs == nil && learningRate == nil) else {
      throw ValidationError(
        "--method \(method) learns in one go: leave out --epochs and --learning-rate.")
    }
    guard augment == nil || method.options.contains(.augment) else {
      throw ValidationError("--augment is not for --method \(method).")
    }
    try baseline.check(for: method)
  }

  /// The receptive fields asked for, or those of the method.
  private var fields: [ReceptiveField] { scales?.receptiveFields ?? method.receptiveFields }

  func run() async throws {
    let device = try compute.prepared()
    let folder = try ImageFolder(goodFolder)
    try AtomicFile.checkWritable(output)
    let claim = try OutputClaim(output)
    defer { claim.release() }
    let checkpoints = try unfinishedWork(of: output, resuming: resume)
    let images = ImageCollection(
      folder, maxPixels: compute.maxPixels, reading: files.reading)
    let plan = calibration.plan(share: validation)
    let framing = try looking.framing(of: images, maxPixels: compute.maxPixels)
    let good = try naming(goodFolder) {
      try GoodImages(images.framed(by: framing), heldOut: validation, seed: seed)
    }
    let method = chosenMethod(for: device)
    let display = ProgressDisplay()
    for note in folder.notes { complain(note) }
    let elongated = try await check(images, framing, display)
    if let warning = looking.warning(elongated: elongated, of: images.count) { complain(warning) }
    var run = TrainingRun(
      seed: seed, device: device, teachers: try teachers(teacher, for: fields),
      encoder: try baseline.pretrained.network(),
      progress: { display.show($0) })
    complain(try await outlook(of: method, good, plan, run))
    run.checkpoints = checkpoints
    let newest = try folder.newest
    let model = try await stoppable(workIsKept) { [run] in
      try await TrainedModel.train(
        method, on: images, framing: framing, calibration: plan,
        reading: files.reading, imagesUntil: newest, keepsNormalPatches: memory,
        keepsProof: proof, run: run)
    }
    try model.write(to: output)
    discard(checkpoints)
    complain("\(output): written. \(model.calibration.summary)")
    try await suspects.show(images, model, on: device)
  }

  /// What is about to be done, and how long it will take.
  private func outlook(
    of method: some AnomalyMethod, _ good: GoodImages, _ plan: CalibrationPlan, _ run: TrainingRun
  ) async throws -> String {
    let count = good.training.count + good.heldOut.count
    let cost = try await method.cost(of: good.training, run: run)
    let trainings = plan.trainings(imageCount: count)
    let scored = trainings > 1 ? count : good.heldOut.count
    let seconds = Double(trainings) * cost.learning + Double(scored) * cost.map
    let steps = method.steps(imageCount: good.training.count)
    let shares =
      trainings > 1
      ? "\(count) images to learn from and to calibrate with, in \(trainings) trainings; "
      : "\(good.training.count) images to learn from, \(good.heldOut.count) held out; "
    return shares + (steps > 0 ? "\(steps) steps; " : "")
      + "about \(duration(seconds)) on \(run.device)"
  }

  private func chosenMethod(for device: Device) -> any AnomalyMethod {
    var options = baseline.chosen
    options.scales = fields
    options.students = students
    options.recipe = recipe ?? (device == .cpu ? .fast : .paper)
    options.epochs = epochs
    options.learningRate = learningRate
    options.padding = padding
    options.density = density
    options.augment = augment?.changes
    return method.method(options)
  }
}

/// What became of a training that was stopped.
let workIsKept = "the work so far is kept, go on with --resume"

/// The teachers of files, and the bundled ones for the receptive fields that they do not cover.
func teachers(
  _ paths: [String], for fields: [ReceptiveField]
) throws -> [ReceptiveField: PatchDescriptor] {
  let own = try paths.map { try TeacherFile(contentsOf: $0).teacher }
  let given = Dictionary(own.map { ($0.receptiveField, $0) }) { _, last in last }
  let missing = fields.filter { given[$0] == nil }
  return try given.merging(BundledTeachers.load(missing)) { own, _ in own }
}

/// Where the work on a file is kept until it is finished.
///
/// - Parameters:
///   - output: The file.
///   - resuming: Whether work that is there is gone on with; otherwise it is an error.
/// - Returns: The checkpoints beside the file.
/// - Throws: An error that names the folder.
func unfinishedWork(of output: String, resuming: Bool) throws -> Checkpoints {
  let folder = "\(output).checkpoint"
  let exists = try fileExists(folder)
  if exists && !resuming {
    throw CommandError(
      "\(folder): an unfinished training is there; go on with it by --resume, or delete the folder")
  }
  if !exists && resuming { complain("\(folder): nothing to resume; starting from the beginning") }
  return Checkpoints(folder: folder, resuming: resuming)
}

/// Deletes finished work, or says that it is left over.
func discard(_ checkpoints: Checkpoints) {
  if !checkpoints.remove() { complainOfLeftover(checkpoints.folder) }
}

/// Says that a folder of finished work is left over.
func complainOfLeftover(_ folder: String) {
  complain("\(folder): the work is finished, but this cannot be deleted; delete it")
}
