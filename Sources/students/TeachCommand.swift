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
      tensors tell which. Safetensors, or PyTorch's own .pth, which is read without executing \
      anything.

      Example:
        students teach photos -o teacher.safetensors --encoder resnet18.safetensors
      """)

  @Argument(help: "Folders of photographs.")
  var photos: [String]

  @Option(name: .shortAndLong, help: "The teacher to write, as safetensors.")
  var output: String

  @Option(help: "The side of the patches that the teacher sees: 17, 33 or 65.")
  var scale = ReceptiveField.p33

  @Option(help: "The pretrained encoder: safetensors or .pth; needed for loss k.")
  var encoder: String?

  @Option(
    help: ArgumentHelp(
      "After how many stages (ResNet-18: 1 to 4) or blocks (EfficientNet-Lite0: 1 to 16) to take "
        + "the encoder's features; the default is the whole network."))
  var encoderDepth: Int?

  @Option(
    help: ArgumentHelp(
      "k (distillation), m (metric learning), c (compactness), with commas.",
      discussion: "A weight may follow: k,c=0.1. The paper takes k,c for MVTec AD."))
  var losses = Losses.paper

  @Option(help: "How much closer a patch must be to its altered copy than to another, for loss m.")
  var margin = 1.0

  @Option(help: "How many batches to train on.")
  var steps = 50_000

  @Option(help: "Patches a batch.")
  var batch = 64

  @Option(help: "The step size of Adam.")
  var learningRate = 2e-4

  @Option(help: "The source of all randomness.")
  var seed: UInt64 = 1

  @Flag(help: "Go on with a training that was stopped or killed.")
  var resume = false

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard steps >= 1 else { throw ValidationError("--steps needs at least 1.") }
    guard (2...65536).contains(batch) else { throw ValidationError("--batch needs 2 to 65536.") }
    guard learningRate > 0 else { throw ValidationError("--learning-rate needs more than 0.") }
  }

  func run() async throws {
    let device = try compute.prepared()
    let paths = try photos.flatMap { try ImageFolder($0).paths }
    let network = try encoder.map {
      try UninformedStudents.encoder(contentsOf: $0, depth: encoderDepth)
    }
    try AtomicFile.checkWritable(output)
    var training = TeacherTraining(scale)
    training.steps = steps
    training.batch = batch
    training.adam.learningRate = learningRate
    training.distillation = losses.weights["k"] ?? 0
    training.metric = losses.weights["m"] ?? 0
    training.compactness = losses.weights["c"] ?? 0
    training.margin = margin
    let display = ProgressDisplay()
    let averages = RunningAverages()
    let checkpoints = try unfinishedWork(of: output, resuming: resume)
    let run = TrainingRun(seed: seed, device: device, checkpoints: checkpoints) {
      display.show(averages.averaged($0))
    }
    let (teacher, unreadable) = try await stoppable { [training] in
      try await training.teacher(distilling: network, photos: paths, run: run)
    }
    let name = encoder.map { URL(fileURLWithPath: $0).lastPathComponent }
    try TeacherFile(
      teacher,
      card: [
        "encoder": name ?? "none", "photos": String(paths.count), "steps": String(steps),
        "batch": String(batch), "learning rate": String(learningRate), "seed": String(seed),
        "losses": losses.text, "version": Provenance.currentVersion,
      ]
    ).write(to: output)
    checkpoints.remove()
    if let first = unreadable.first {
      complain("\(unreadable.count) of the photos could not be read and were left out: \(first) …")
    }
    complain("\(output): written")
  }
}

/// The losses of a teacher and their weights, such as `k,c` or `k,m=0.5,c`.
struct Losses: ExpressibleByArgument, CustomStringConvertible {
  /// What was written.
  let text: String
  /// The weight of each loss that was named.
  let weights: [String: Double]

  /// L_k + L_c, as the paper takes for MVTec AD.
  static let paper = Losses(text: "k,c", weights: ["k": 1, "c": 1])

  init?(argument: String) {
    var weights: [String: Double] = [:]
    for part in argument.split(separator: ",") {
      let words = part.split(separator: "=", maxSplits: 1).map(String.init)
      let weight = words.count == 2 ? Double(words[1]) : 1
      guard let name = words.first, ["k", "m", "c"].contains(name), weights[name] == nil,
        let weight, weight > 0, weight.isFinite
      else { return nil }
      weights[name] = weight
    }
    guard !weights.isEmpty else { return nil }
    self.init(text: argument, weights: weights)
  }

  private init(text: String, weights: [String: Double]) {
    self.text = text
    self.weights = weights
  }

  var description: String { text }
}
