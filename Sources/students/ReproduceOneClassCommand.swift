import ArgumentParser
import Experiments
import Files
import Foundation
import UninformedStudents

private let oneClassDiscussion = """
  Each class is learnt alone; the other classes of the test set are anomalous. Images are zoomed \
  to patches of the teacher; its descriptors are computed once and kept beside the output.
  """

/// `students reproduce mnist`.
struct ReproduceMNIST: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist", abstract: "One-class classification of MNIST.",
    discussion: oneClassDiscussion)
  @OptionGroup var options: OneClassOptions
  func run() async throws { try await options.reproduce(.mnist) }
}

/// `students reproduce cifar10`.
struct ReproduceCIFAR10: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cifar10", abstract: "One-class classification of CIFAR-10.",
    discussion: oneClassDiscussion)
  @OptionGroup var options: OneClassOptions
  func run() async throws { try await options.reproduce(.cifar10) }
}

/// `students reproduce fashion-mnist`.
struct ReproduceFashionMNIST: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fashion-mnist", abstract: "One-class classification of Fashion-MNIST.",
    discussion: oneClassDiscussion)
  @OptionGroup var options: OneClassOptions
  func run() async throws { try await options.reproduce(.fashionMNIST) }
}

/// What can be chosen about a one-class table.
struct OneClassOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where the data set lies.",
      discussion: "A folder of IDX files, plain or gzipped (MNIST, Fashion-MNIST); or of binary "
        + "batches, a tar of them, or a folder of train/<class> and test/<class> (CIFAR-10)."))
  var data: String

  @Option(
    help: ArgumentHelp(
      "Methods, with commas: \(MethodEntry.oneClass.list).",
      discussion: "ocgan takes as long as the others together, and is left out unless named."),
    in: .methods)
  var methods = MethodList(MethodEntry.oneClassDefault)

  @Option(
    help: "Classes by their numbers, with commas, such as 0,3,5; the default is all.", in: .classes)
  var classes: ClassList?

  @Option(
    help: "Another teacher than the bundled one; MNIST and CIFAR-10 take p = 33 in the paper.")
  var teacher: String?

  @Option(
    help: ArgumentHelp(
      "The losses that the teacher was trained with: the paper's row to compare with.",
      discussion: "One of \(OneClassExperiment.paperLosses.joined(separator: "; ")).")
  )
  var losses = OneClassExperiment.paperLosses[0]

  @Option(help: "Learn from at most so many images of a class.", in: .atLeastTwo)
  var trainLimit: Int?

  @Option(help: "Ask about at most so many test images.", in: .amount)
  var testLimit: Int?

  @Option(help: "Students of the ensemble.", in: .students)
  var students = PatchStudents.Settings().students

  @Option(help: "Times that students see each image.", in: .epochs)
  var epochs = PatchStudents.Settings().epochs

  @Option(help: "The source of all randomness.", in: .seed)
  var seed: UInt64 = 1

  @Option(help: "Keep results in this JSON file, and go on with what is in it.")
  var output: String?

  @Flag(help: "Print the table in Markdown.")
  var markdown = false

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard OneClassExperiment.paperLosses.contains(losses) else {
      throw ValidationError(
        "The paper has no row for the losses '\(losses)'; choose one of "
          + OneClassExperiment.paperLosses.joined(separator: "; ") + ".")
    }
  }

  /// Fills the table of a data set and prints it.
  func reproduce(_ dataset: OneClassDataset) async throws {
    let device = try compute.prepared()
    let claim = try claimed(output)
    defer { claim?.release() }
    let read = try dataset.read(data)
    let network = try teacher.map { try TeacherFile(contentsOf: $0).teacher } ?? bundledTeacher()
    var experiment = OneClassExperiment(dataset)
    experiment.methods = methods.methods
    if let classes { experiment.classes = classes.numbers }
    (experiment.trainLimit, experiment.testLimit) = (trainLimit, testLimit)
    (experiment.students.students, experiment.students.epochs) = (students, epochs)
    experiment.losses = losses
    if device != .cpu { experiment.ocgan = OCGAN.Settings(.paper) }
    let display = ProgressDisplay()
    let run = TrainingRun(seed: seed, device: device) { display.show($0) }
    let results = try await stoppable(keptTable(output)) { [experiment] in
      try await experiment.results(
        data: read, teacher: network, output: output, run: run
      ) { cell, secondsLeft in
        complain(
          "\(cell.name), \(cell.method.name): ROC-AUC \(String(format: "%.4f", cell.rocAUC)) "
            + "in \(duration(cell.seconds)); \(duration(secondsLeft)) left")
      } leftBehind: {
        complainOfLeftover($0)
      }
    }
    say(lines: markdown ? results.table.markdown : results.table.text)
  }

  private func bundledTeacher() throws -> PatchDescriptor {
    guard let teacher = try BundledTeachers.load([.p33])[.p33] else {
      throw TrainingError.noTeacher(33)
    }
    return teacher
  }
}
