import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students train`.
struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learn what good parts look like, from images of good parts alone.",
    discussion: """
      Students learn to imitate a teacher on the good images. Where a new image differs from these, they \
      fail to. Some images are held out to calibrate the decision: a third of them, at most 20, or a tenth \
      where that is more. The result is one file.

      The number of held-out images limits the rate of false alarms that can be promised: n images promise \
      1 / (n + 1) or more. One unusual image among them can set the threshold. The most unusual ones are \
      therefore named, and --suspects shows where they are unusual. 'students calibrate --leave-out' takes \
      out those that do not show a good part.

      Ctrl-C stops after the current step and keeps the work; --resume continues it.

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
        "The default is 33 for the recipe fast, all three for paper, and 65 for a baseline. All three take "
        + "three times as long to learn, and eight times as long to map an image. Methods without a "
        + "teacher have none."), in: .scales)
  var scales: Scales?

  @Option(help: "Students for each receptive field.", in: .students)
  var students = 3

  @Option(
    help: ArgumentHelp(
      "How often each image is seen.",
      discussion:
        "The default depends on the recipe: 100 times for paper, 2,000 steps for fast. For "
        + "ssim-ae, anogan and ocgan, how often each of 10,000 views is seen."), in: .epochs)
  var epochs: Int?

  @Flag(
    help: ArgumentHelp(
      "A first look: a quarter of the steps of the recipe fast.",
      discussion: """
        For student-teacher. Shows in a few minutes what the images are worth, before a training as a whole.
        """))
  var quick = false

  @Option(
    help: ArgumentHelp(
      "How good parts may vary: turn, flip, shift, light, or several with commas.",
      discussion: """
        For student-teacher. The students then see each image turned by any angle, mirrored, moved by up to \
        4 % of its side, or up to 10 % brighter or darker, at random each time. A few images then show what \
        otherwise takes many. Do not name a change that is a defect: leave out flip where a mirrored part \
        is one.
        """), in: .partChanges)
  var augment: PartChanges?

  @OptionGroup var looking: FramingOptions

  @Option(help: "The seed of all randomness; the same seed gives the same file.", in: .seed)
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The share of images to hold out for the calibration.",
      discussion: "The default is a third of the images, at most 20, or a tenth where that is more."
    ),
    in: .part)
  var validation: Double?

  @Option(
    help: ArgumentHelp(
      "split (some images are held out) or cross (every image is learnt from).",
      discussion: """
        cross trains five times without a fifth of the images, which are then scored, and once from all \
        images. It suits few images, where time allows. Its rates hold approximately, those of split exactly.
        """))
  var calibration = CalibrationChoice.split

  @Option(help: TopShare.help, in: .share)
  var topShare = Calibration.defaultTopShare

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether the model keeps normal patches, which 'students inspect --explain' shows.",
      discussion: """
        A thousand descriptors and sixteen images of 256 × 256 pixels: less than 4 MB. Leave them out \
        where no image of a part may leave the premises. Methods without a teacher keep none.
        """))
  var memory = true

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether the model carries four held-out images with their scores, for 'students verify'.",
      discussion: """
        They show whether another machine decides alike. Files of up to 4 MiB are kept as they are; of \
        larger ones, the square that the model sees. Leave them out where no image of a part may leave the \
        premises.
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
        screen works as strided, but computes the smallest receptive field, which costs most, only where \
        the others see something unusual. The default is strided for fast, full for paper.
        """))
  var density: Density?

  @Option(help: "What lies beyond the border of an image: reflection, replication or zeros.")
  var padding = Padding.reflection

  @Option(help: "Another learning rate for Adam.", in: .learningRate)
  var learningRate: Double?

  @OptionGroup(title: "Options of baselines") var baseline: BaselineOptions

  @Option(help: "A teacher to use instead of the bundled one; once for each receptive field.")
  var teacher: [String] = []

  @Flag(help: "Continue a training that was stopped or killed.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Train the students of one part of the work, such as 2/3; 'students join' then makes the model.",
      discussion: """
        For student-teacher, whose students learn independently. Give all n workers the same options but this \
        one, and the same folder to write to. auto takes the part from Slurm, Kubernetes or torchrun. A worker \
        that is started again continues. The model is the one that one machine makes, byte for byte.
        """, valueName: "k/n"), in: .partChoice)
  var part: PartChoice?

  @OptionGroup var workers: GroupOptions

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard validation == nil || calibration == .split else {
      throw ValidationError(
        "--validation applies to --calibration split only; leave one of them out.")
    }
    let count = scales?.receptiveFields.count
    guard
      method.fusesScales || count ?? method.receptiveFields.count == method.receptiveFields.count
    else {
      throw ValidationError(
        "--method \(method) takes "
          + (method.usesTeacher ? "one receptive field, such as --scales 65." : "no --scales."))
    }
    guard method.learnsByGradients || (epochs == nil && learningRate == nil) else {
      throw ValidationError(
        "--method \(method) does not learn in steps: leave out --epochs and --learning-rate.")
    }
    guard !quick || (method.options.contains(.quick) && epochs == nil && recipe != .paper) else {
      throw ValidationError(
        "--quick needs --method student-teacher and the recipe fast; leave out --epochs.")
    }
    guard augment == nil || method.options.contains(.augment) else {
      throw ValidationError("--augment does not apply to --method \(method).")
    }
    guard part == nil || method.hasStudents else {
      throw ValidationError("--method \(method) cannot be trained in parts: leave out --part.")
    }
    try baseline.check(for: method)
  }

  func run() async throws {
    if let part {
      try await makePieces(of: part.part())
    } else {
      let device = try compute.prepared()
      try checkShared(on: device)
      let group = try workers.group(on: device)
      if let group, group.rank > 0 {
        try await assist(group, device)
      } else {
        try await train(on: device, in: group)
      }
    }
  }

  /// Refuses workers that have nothing to share.
  private func checkShared(on device: Device) throws {
    guard try workers.place != nil else { return }
    guard chosenMethod(for: device).isSharedByGroups else {
      throw CommandError(
        "--method \(method) trains in one process; unset MASTER_ADDR, which announces several"
      )
    }
    guard calibration == .split else {
      throw CommandError(
        "--calibration cross trains several times, which workers share with --part; use that, or unset MASTER_ADDR"
      )
    }
  }

  /// Trains, and writes the model.
  ///
  /// - Parameters:
  ///   - device: Where.
  ///   - group: The processes that train together, of which this is the first; nil for a process alone.
  ///   - takesPieces: Whether workers have trained the students before.
  /// - Throws: What reading images, training and writing throw.
  func train(
    on device: Device, in group: ProcessGroup? = nil, takesPieces: Bool = false
  ) async throws {
    let folder = try ImageFolder(goodFolder)
    try AtomicFile.checkWritable(output)
    let claim = try OutputClaim(output)
    defer { claim.release() }
    let checkpoints =
      takesPieces
      ? piecesOfWorkers
      : try unfinishedWork(of: output, resuming: resume)
    let display = ProgressDisplay()
    var work = try await TrainingWork(self, folder, on: device, display)
    if !takesPieces { complain(try await outlook(of: work, group)) }
    work.run.checkpoints = checkpoints
    work.run.takesPieces = takesPieces
    work.run.group = group
    let (newest, method) = (try folder.newest, work.method)
    let model = try await stoppable(workIsKept) { [work] in
      try await TrainedModel.train(
        method, on: work.images, framing: work.framing, calibration: work.plan,
        topShare: topShare, reading: files.reading, imagesUntil: newest, keepsNormalPatches: memory,
        keepsProof: proof, run: work.run)
    }
    try model.write(to: output)
    discard(checkpoints)
    complain("\(output): written. \(model.calibration.summary)")
    try await suspects.show(work.images, model, on: device)
  }

  /// What workers have trained of the model, and train.
  private var piecesOfWorkers: Checkpoints {
    Checkpoints(folder: WorkPart.folder(of: output), earlier: .resumed, isShared: true)
  }

  /// Trains the students of one part.
  private func makePieces(of part: WorkPart) async throws {
    let device = try compute.prepared()
    let folder = try ImageFolder(goodFolder)
    let pieces = MadePieces(part, of: output)
    try AtomicFile.checkWritable(output)
    try makeFolder(of: pieces.path)
    let claim = try OutputClaim(pieces.path)
    defer { claim.release() }
    var note = try MadePieces.begun(part, of: output, on: device)
    let display = ProgressDisplay()
    var work = try await TrainingWork(self, folder, on: device, display)
    work.run.checkpoints = piecesOfWorkers
    let method = work.method
    note.fingerprint = try await stoppable(
      "the work so far is kept; start the same command again to continue"
    ) {
      [work] in
      try await TrainedModel.makePieces(
        part, of: method, on: work.images, framing: work.framing, calibration: work.plan,
        run: work.run)
    }
    try pieces.write(note)
    complain(
      "\(pieces.path): part \(part) is done. When all parts are, 'students join \(output)' makes the model"
    )
  }

  /// Does the share of another process than the first.
  private func assist(_ group: ProcessGroup, _ device: Device) async throws {
    var work = try await TrainingWork(self, ImageFolder(goodFolder), on: device, nil)
    work.run.group = group
    let method = work.method
    try await stoppable("worker 0 keeps the work") { [work] in
      try await TrainedModel.assist(
        method, on: work.images, framing: work.framing, heldOut: validation, run: work.run)
    }
  }

  /// What is about to be done, and how long it will take.
  private func outlook(of work: TrainingWork, _ group: ProcessGroup?) async throws -> String {
    let (good, plan, run) = (work.good, work.plan, work.run)
    let count = good.training.count + good.heldOut.count
    let trainings = plan.trainings(imageCount: count)
    let steps = work.method.steps(imageCount: good.training.count)
    let shares =
      trainings > 1
      ? "\(count) images to learn from and to calibrate with, in \(trainings) trainings; "
      : "\(good.training.count) images to learn from, \(good.heldOut.count) held out; "
    let stepping = steps > 0 ? "\(steps) steps; " : ""
    if let group { return shares + stepping + "\(group.worldSize) workers share each step" }
    let method = work.method
    let cost = try await method.cost(of: good.training, run: run)
    let scored = trainings > 1 ? count : good.heldOut.count
    let seconds = Double(trainings) * cost.learning + Double(scored) * cost.map
    return shares + stepping + "about \(duration(seconds)) on \(run.device)"
  }

  /// The recipe with its settings.
  func chosenMethod(for device: Device) -> any AnomalyMethod {
    var options = baseline.chosen
    options.scales = scales?.receptiveFields
    options.students = students
    options.recipe = recipe ?? (quick || device == .cpu ? .fast : .paper)
    options.epochs = epochs
    options.quick = quick
    options.learningRate = learningRate
    options.padding = padding
    options.density = density
    options.augment = augment?.changes
    return method.method(options)
  }
}

/// What became of a training that was stopped.
let workIsKept = "the work so far is kept; continue with --resume"

/// The teachers of files, and the bundled ones for the receptive fields that they do not cover.
///
/// A file for a receptive field that is not used is an error: it would change nothing.
func teachers(
  _ paths: [String], for fields: [ReceptiveField]
) throws -> [ReceptiveField: PatchDescriptor] {
  let own = try paths.map { try TeacherFile(contentsOf: $0).teacher }
  for (path, teacher) in zip(paths, own) where !fields.contains(teacher.receptiveField) {
    throw CommandError(
      "\(path): a teacher for p = \(teacher.receptiveField.rawValue), which is not used; pass --scales "
        + Scales(Set(fields + [teacher.receptiveField]).sorted { $0.rawValue < $1.rawValue })
        .description)
  }
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
      "\(folder): belongs to an unfinished training; continue it with --resume, or delete the folder"
    )
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
  complain("\(folder): the work is finished, but this folder cannot be deleted; delete it yourself")
}
