import ArgumentParser
import Experiments
import Files
import Foundation
import Synchronization
import UninformedStudents

/// `students reproduce mvtec`.
struct ReproduceMVTec: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mvtec", abstract: "Per-region overlap on MVTec AD.",
    discussion: """
      Every method learns from train/good of each category and is measured on its test images. The \
      student-teacher method takes all --scales, other methods with a teacher take p = 65; one training \
      gives the table of receptive fields. Figures are per-region overlap up to a false-positive rate of \
      0.3, with the 95 % bootstrap confidence interval over test images, and the paper's beside them. Then \
      follow AUPIMO, the overlap with each image's defects at rates a thousand times lower, and the ROC-AUC \
      of whole images, the only figure for a category without masks.

      Models are kept in OUTPUT.models. A method that fails on a category says so in its cell, and the \
      others continue.

      Examples:
        students reproduce mvtec --data mvtec --output mvtec.json
        students reproduce mvtec --data mvtec/bottle --methods student-teacher,knn --scales 33,65
        students reproduce mvtec --data mvtec --output mvtec.json --part 2/15
      """)

  @Option(help: "The folder of all categories, or of one.")
  var data: String

  @Option(help: "Names of categories, separated by commas; the default is all that are found.")
  var categories: String?

  @Option(
    help: ArgumentHelp(
      "Methods, separated by commas: \(MethodEntry.allCases.list).",
      discussion:
        "The default is those of the paper's table: all but ocgan, and cnn-dictionary only where "
        + "there is an --encoder."), in: .methods)
  var methods: MethodList?

  @OptionGroup var pretrained: PretrainedOptions

  @Option(
    help: "Categories that are textures, separated by commas; the default is MVTec AD's own.")
  var textures: String?

  @Option(
    help: "Receptive fields of the student-teacher method, separated by commas: 17, 33, 65.",
    in: .scales)
  var scales: Scales?

  @Option(help: "A teacher to use instead of the bundled one; once for each receptive field.")
  var teacher: [String] = []

  @Option(
    help: ArgumentHelp(
      "Students for each receptive field, such as 3, or 1..5 for a table of ensemble sizes.",
      discussion: "The largest ensemble is trained; smaller ones are its first students."),
    in: StudentCounts.bounds)
  var students = StudentCounts(3...3)

  @Option(
    help: "How long networks train: fast (minutes on a processor) or paper (for a graphics card).")
  var recipe: Recipe?

  @Option(
    help: "How often students see each image; the default depends on the recipe.",
    in: .epochs)
  var epochs: Int?

  @Option(help: "Images are resized to squares of this side.", in: .imageSide)
  var imageSize = 256

  @Option(help: "The seed of all randomness.", in: .seed)
  var seed: UInt64 = 1

  @OptionGroup var table: TableOptions

  @Option(
    help: ArgumentHelp(
      "Write a web page with the tables and the paper's figure into this folder; needs --output.",
      discussion:
        "The figure shows the first image of each defect: the image, its ground truth, "
        + "and one row for each method. It is also written separately, as figure.png."))
  var report: String?

  @Option(help: "Defects that the figure shows, separated by commas; the default is all.")
  var defects: String?

  @Flag(help: "Print the tables in Markdown.")
  var markdown = false

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard report == nil || table.output != nil else {
      throw ValidationError("--report needs --output, where models are kept.")
    }
    guard report == nil || table.part == nil else {
      throw ValidationError(
        "--report covers all parts: put them together with 'students join', then pass it without --part."
      )
    }
    if pretrained.encoder == nil, let method = methods?.methods.first(where: \.needsEncoder) {
      throw ValidationError("\(method) needs --encoder, such as resnet18.pth.")
    }
  }

  func run() async throws {
    let device = try compute.prepared()
    let claimed = try table.claimed()
    defer { claimed.release() }
    if let report {
      try AtomicFile.checkWritable(folder: report)
      try MVTecResults.checkReport(report)
    }
    let experiment = try experiment(on: device)
    let display = ProgressDisplay()
    let run = TrainingRun(
      seed: seed, device: device,
      teachers: try teachers(teacher, for: experiment.receptiveFields),
      encoder: try pretrained.network(), progress: { display.show($0) })
    let told = Mutex<Set<String>>([])
    let results = try await stoppable(claimed.whenStopped) {
      try await experiment.results(output: claimed.output, part: claimed.part, run: run) { cell in
        // All methods are measured by the same images.
        for warning in cell.evaluation?.warnings ?? []
        where told.withLock({ $0.insert(warning).inserted }) { complain(warning) }
        complain(described(cell))
      } leftBehind: {
        complainOfLeftover($0)
      }
    }
    claimed.show(results.tables, cells: results.cells.count, markdown: markdown)
    if let report, let output = claimed.output {
      let shown = defects.map { Set($0.split(separator: ",").map(String.init)) }
      let figure = try await QualitativeFigure(experiment, output: output, defects: shown, run: run)
      try results.writeReport(to: report, figure)
      complain("\(report)/index.html, \(report)/figure.png: written")
    }
    guard results.cells.allSatisfy({ $0.error == nil }) else { throw ExitCode(2) }
  }

  private func experiment(on device: Device) throws -> MVTecExperiment {
    var experiment = try MVTecExperiment(data)
    if let categories {
      let wanted = categories.split(separator: ",").map(String.init)
      for name in wanted where !experiment.categories.contains(name) {
        throw CommandError(
          "\(data): has no category '\(name)', but \(experiment.categories.joined(separator: ", "))"
        )
      }
      experiment.categories = wanted
    }
    experiment.methods =
      methods?.methods
      ?? MethodEntry.mvtec.filter { !$0.needsEncoder || pretrained.encoder != nil }
    experiment.encoderDepth = pretrained.encoderDepth
    if let textures { experiment.textures = Set(textures.split(separator: ",").map(String.init)) }
    if let scales { experiment.scales = scales.receptiveFields }
    experiment.students = students.counts
    experiment.recipe = recipe ?? (device == .cpu ? .fast : .paper)
    experiment.epochs = epochs
    experiment.imageSide = imageSize
    experiment.maxPixels = compute.maxPixels
    return experiment
  }
}

private func described(_ cell: MVTecResults.Cell) -> String {
  let name = cell.name
  guard let evaluation = cell.evaluation else { return "\(name): \(cell.error ?? "failed")" }
  let figures = [("PRO", evaluation.pro), ("image ROC-AUC", evaluation.imageROCAUC)].compactMap {
    name, value in value.map { String(format: "\(name) %.3f", $0) }
  }
  return "\(name): \(figures.joined(separator: ", "))"
}

/// Numbers of students: `3`, or `1..5`.
struct StudentCounts: LosslessStringConvertible {
  let counts: ClosedRange<Int>

  init(_ counts: ClosedRange<Int>) { self.counts = counts }

  static let bounds = Bounds<StudentCounts>(
    text: "\(Bounds<Int>.students.text), or a range of them such as 1..5"
  ) { Bounds<Int>.students.contains($0.counts.upperBound) }

  init?(_ description: String) {
    let ends = description.split(separator: "..").map { Int($0) }
    guard let first = ends.first.flatMap(\.self), let last = ends.last.flatMap(\.self),
      ends.count <= 2, first >= 1, first <= last
    else { return nil }
    counts = first...last
  }

  var description: String {
    counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound)..\(counts.upperBound)"
  }
}
