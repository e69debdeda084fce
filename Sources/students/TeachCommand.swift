import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students teach`.
struct Teach: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Distil a pretrained encoder into a teacher, once for all parts.",
    discussion: """
      The photographs may show anything but the parts that will be inspected. The encoder is a \
      ResNet-18 in torchvision's layout, whole or cut after a stage, or an EfficientNet-Lite0; its \
      tensors tell which. It is a safetensors file, or PyTorch's own .pth, which is read without \
      executing anything.

      About one photograph in twenty is held out, chosen by its name. --report measures a teacher on \
      these: the residual variance of the encoder's features after a linear map from its descriptors (0 \
      is best, 1 means nothing learnt), how much its components correlate, and how often a patch is found \
      again among 1,000 by its moved, noisy copy.

      Examples:
        students teach photos -o teacher.safetensors --encoder resnet18.safetensors
        students teach --list names.txt -o teacher.safetensors --encoder resnet18.safetensors
        students teach photos --report teacher.safetensors --encoder resnet18.safetensors
      """)

  @Argument(help: "Folders of photographs.")
  var photos: [String] = []

  @OptionGroup var list: ListOptions

  @OptionGroup var downloads: DownloadOptions

  @Option(name: .shortAndLong, help: "The teacher to write, as safetensors.")
  var output: String?

  @Option(help: "A teacher to measure; nothing is trained then.")
  var report: String?

  @Option(help: "The side of the patches that the teacher sees: 17, 33 or 65.")
  var scale = ReceptiveField.p33

  @Option(
    help: ArgumentHelp(
      "The pretrained encoder: safetensors or .pth; needed for loss k.",
      discussion: "Given several times, the features of all are concatenated."))
  var encoder: [String] = []

  @Option(
    help: ArgumentHelp(
      "After how many stages (ResNet-18: 1 to 4) or blocks (EfficientNet-Lite0: 1 to 16) to take "
        + "the encoder's features; once for each encoder.",
      discussion: "The default is the whole network."), in: .encoderDepth)
  var encoderDepth: [Int] = []

  @Option(help: "The side to which patches are enlarged for the encoder.", in: .encoderSide)
  var encoderSide = TeacherTraining(.p33).encoderSide

  @Option(
    help:
      "How the encoder's features are scaled: by one common standard deviation, or each by its own."
  )
  var featureScaling = TeacherTraining(.p33).featureScaling

  @Option(help: "A teacher to start from instead of random weights; choose another --seed then.")
  var from: String?

  @Option(
    help: ArgumentHelp(
      "The losses: k (distillation), m (metric learning), c (compactness), separated by commas.",
      discussion: "A weight may follow, as in k,c=0.1. The paper uses k,c for MVTec AD."),
    in: Losses.bounds)
  var losses = Losses.paper

  @Option(
    help: "How much closer a patch must be to its altered copy than to another, for loss m.",
    in: .positive)
  var margin = 1.0

  @Option(
    help: "How many batches to train on; 0 gives a random teacher for comparison.",
    in: .teachingSteps)
  var steps = 50_000

  @Option(help: "The number of patches in a batch.", in: .batch)
  var batch = 64

  @Option(help: "The learning rate of Adam.", in: .learningRate)
  var learningRate = 2e-4

  @Option(help: "The seed of all randomness.", in: .seed)
  var seed: UInt64 = 1

  @Flag(help: "Continue a training that was stopped or killed.")
  var resume = false

  @OptionGroup var workers: GroupOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard !photos.isEmpty || list.list != nil else {
      throw ValidationError("Name folders of photographs, or a --list of photographs.")
    }
    guard (output == nil) != (report == nil) else {
      throw ValidationError(
        "Give either -o (a teacher to write) or --report (a teacher to measure).")
    }
    guard encoderDepth.isEmpty || encoderDepth.count == encoder.count else {
      throw ValidationError("Give --encoder-depth once for each --encoder, or not at all.")
    }
  }

  func run() async throws {
    let device = try compute.prepared()
    let locations = try photos.flatMap { try ImageFolder($0).paths } + list.listed()
    guard !locations.isEmpty else {
      throw CommandError("the --list names no photograph; write one in each line")
    }
    let photographs = Photographs(locations)
    let downloader = try Downloader.needed(
      for: locations, downloads.limits, environment: ProcessInfo.processInfo.environment)
    let group = report == nil ? try workers.group(on: device) : nil
    let encoders = try encoder.enumerated().map { number, path in
      try UninformedStudents.encoder(
        contentsOf: path, depth: encoderDepth.isEmpty ? nil : encoderDepth[number])
    }
    if let report {
      try measure(report, encoders, photographs, downloader, device)
    } else if let output {
      try await train(output, encoders, photographs, downloader, device, group)
    }
  }

  private func measure(
    _ path: String, _ encoders: [any Encoder], _ photographs: Photographs,
    _ downloader: Downloader?, _ device: Device
  ) throws {
    let display = ProgressDisplay()
    let figures = try TeacherReport(
      of: TeacherFile(contentsOf: path).teacher, distilling: encoders, encoderSide: encoderSide,
      photos: photographs, with: downloader,
      run: TrainingRun(seed: seed, device: device) { display.show($0) })
    say("photographs never seen     \(photographs.heldOut.count)")
    if let error = figures.distillationError {
      say("distillation error         \(format(error)) of predicting the mean")
    }
    say("mean correlation           \(format(figures.correlation)) between components")
    say("patch retrieval, recall@1  \(format(figures.recall)) of \(figures.candidates)")
  }

  private func train(
    _ output: String, _ encoders: [any Encoder], _ photographs: Photographs,
    _ downloader: Downloader?, _ device: Device, _ group: ProcessGroup?
  ) async throws {
    let start = try from.map { try TeacherFile(contentsOf: $0).teacher }
    let isFirst = group?.rank ?? 0 == 0
    if isFirst { try AtomicFile.checkWritable(output) }
    let claim = isFirst ? try OutputClaim(output) : nil
    defer { claim?.release() }
    let checkpoints = isFirst ? try unfinishedWork(of: output, resuming: resume) : nil
    var training = TeacherTraining(scale)
    training.steps = steps
    training.batch = batch
    training.adam.learningRate = learningRate
    training.encoderSide = encoderSide
    training.featureScaling = featureScaling
    training.distillation = losses.weights["k"] ?? 0
    training.metric = losses.weights["m"] ?? 0
    training.compactness = losses.weights["c"] ?? 0
    training.margin = margin
    let display = ProgressDisplay()
    let averages = RunningAverages()
    var run = TrainingRun(seed: seed, device: device, checkpoints: checkpoints) {
      if isFirst { display.show(averages.averaged($0)) }
    }
    run.group = group
    if isFirst, let group { complain("\(group.worldSize) workers share each batch") }
    let (teacher, unreadable) = try await stoppable(workIsKept) { [training, run] in
      try await training.teacher(
        distilling: encoders, photos: photographs.training, with: downloader,
        startingFrom: start, run: run)
    }
    if let checkpoints {
      try TeacherFile(teacher, card: card(photographs)).write(to: output)
      discard(checkpoints)
    }
    if let first = unreadable.first {
      complain("\(unreadable.count) of the photos could not be read and were left out: \(first) …")
    }
    if isFirst { complain("\(output): written") }
  }

  /// What the file says of its making.
  private func card(_ photographs: Photographs) -> [String: String] {
    var card = [
      "encoder": encoder.isEmpty ? "none" : encoder.map(fileName).joined(separator: ", "),
      "encoder side": String(encoderSide), "photos": String(photographs.training.count),
      "steps": String(steps), "batch": String(batch), "learning rate": String(learningRate),
      "seed": String(seed), "losses": losses.text, "version": PackageVersion.current,
    ]
    if !encoderDepth.isEmpty {
      card["encoder depth"] = encoderDepth.map(String.init).joined(separator: ", ")
    }
    if losses.weights["k"] != nil { card["feature scaling"] = featureScaling.rawValue }
    if losses.weights["m"] != nil { card["margin"] = String(margin) }
    card["from"] = from.map(fileName)
    return card
  }

  private func fileName(_ path: String) -> String {
    SystemPath.name(path)
  }
}

/// The losses of a teacher and their weights, such as `k,c` or `k,m=0.5,c`.
struct Losses: LosslessStringConvertible {
  /// What was written.
  let text: String
  /// The weight of each loss that was named.
  let weights: [String: Double]

  /// L_k + L_c, as the paper takes for MVTec AD.
  static let paper = Losses(text: "k,c", weights: ["k": 1, "c": 1])

  static let bounds = Bounds<Losses>(
    text: "k, m and c, each at most once, separated by commas; a weight may follow, "
      + Bounds<Double>.positive.text + ", as in k,c=0.1"
  ) { $0.weights.values.allSatisfy(Bounds<Double>.positive.contains) }

  init?(_ description: String) {
    var weights: [String: Double] = [:]
    for part in description.split(separator: ",") {
      let words = part.split(separator: "=", maxSplits: 1).map(String.init)
      let weight = words.count == 2 ? Double(words[1]) : 1
      guard let name = words.first, ["k", "m", "c"].contains(name), weights[name] == nil,
        let weight
      else { return nil }
      weights[name] = weight
    }
    guard !weights.isEmpty else { return nil }
    self.init(text: description, weights: weights)
  }

  private init(text: String, weights: [String: Double]) {
    self.text = text
    self.weights = weights
  }

  var description: String { text }
}
