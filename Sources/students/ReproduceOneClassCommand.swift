import ArgumentParser
import Experiments
import Files
import Foundation
import UninformedStudents

private let oneClassDiscussion = """
  Each class is learnt alone; the other classes of the test set are anomalous. Images are enlarged \
  to patches of the teacher. Its descriptors are computed once and kept beside the output.
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
      "Where the data set is.",
      discussion: "A folder of IDX files, plain or gzipped (MNIST, Fashion-MNIST); or of binary "
        + "batches, a tar of them, or a folder of train/<class> and test/<class> (CIFAR-10)."))
  var data: String

  @Option(
    help: ArgumentHelp(
      "Methods, separated by commas: \(MethodEntry.oneClass.list).",
      discussion: "ocgan takes as long as the others together, and runs only if it is named."),
    in: .methods)
  var methods = MethodList(MethodEntry.oneClassDefault)

  @Option(
    help: "Class numbers separated by commas, such as 0,3,5; the default is all.", in: .classes)
  var classes: ClassList?

  @Option(
    help: ArgumentHelp(
      "A teacher to use instead of the bundled one; the paper uses p = 33 for MNIST and CIFAR-10.",
      discussion:
        "Given several times, the students of each teacher make a row, and other methods use the "
        + "first one. The losses of its training choose the paper's row to compare with; LOSSES=FILE names "
        + "them where the file does not: "
        + "\(OneClassTeacher.paperLosses.joined(separator: "; ")).",
      valueName: "file"))
  var teacher: [String] = []

  @Option(help: "Learn from at most this many images of a class.", in: .atLeastTwo)
  var trainLimit: Int?

  @Option(help: "Test at most this many images.", in: .amount)
  var testLimit: Int?

  @Option(help: "The number of students.", in: .students)
  var students = PatchStudents.Settings().students

  @Option(help: "How often students see each image.", in: .epochs)
  var epochs = PatchStudents.Settings().epochs

  @Option(help: "The seed of all randomness.", in: .seed)
  var seed: UInt64 = 1

  @OptionGroup var table: TableOptions

  @Flag(help: "Print the table in Markdown.")
  var markdown = false

  @OptionGroup var compute: ComputeOptions

  /// Fills the table of a data set and prints it.
  func reproduce(_ dataset: OneClassDataset) async throws {
    let device = try compute.prepared()
    let claimed = try table.claimed()
    defer { claimed.release() }
    let read = try dataset.read(data)
    let teachers = try teachers()
    var experiment = OneClassExperiment(dataset)
    experiment.methods = methods.methods
    if let classes { experiment.classes = classes.numbers }
    (experiment.trainLimit, experiment.testLimit) = (trainLimit, testLimit)
    (experiment.students.students, experiment.students.epochs) = (students, epochs)
    if device != .cpu { experiment.ocgan = OCGAN.Settings(.paper) }
    let display = ProgressDisplay()
    let run = TrainingRun(seed: seed, device: device) { display.show($0) }
    let results = try await stoppable(claimed.whenStopped) { [experiment] in
      try await experiment.results(
        data: read, teachers: teachers, output: claimed.output, part: claimed.part, run: run
      ) { cell, secondsLeft in
        complain(
          "\(cell.name), \(cell.method.name)\(cell.losses.map { " (\($0))" } ?? ""): ROC-AUC \(String(format: "%.4f", cell.rocAUC)) "
            + "in \(duration(cell.seconds ?? 0)); \(duration(secondsLeft)) left")
      } leftBehind: {
        complainOfLeftover($0)
      }
    }
    claimed.show(results.tables, cells: results.cells.count, markdown: markdown)
  }

  /// The teachers of the rows; the bundled one where none is given.
  private func teachers() throws -> [OneClassTeacher] {
    guard !teacher.isEmpty else {
      guard let bundled = try BundledTeachers.load([.p33])[.p33] else {
        throw TrainingError.noTeacher(33)
      }
      return [OneClassTeacher(bundled)]
    }
    let known = OneClassTeacher.paperLosses
    let teachers = try teacher.map { argument in
      let named = known.first { argument.hasPrefix("\($0)=") }
      let path = named.map { String(argument.dropFirst($0.count + 1)) } ?? argument
      let file = try TeacherFile(contentsOf: path)
      guard let losses = named ?? file.card["losses"], known.contains(losses) else {
        throw CommandError(
          "\(path): does not say which losses of the paper it was trained with; name them, as in "
            + "\(known[0])=\(path) (\(known.joined(separator: "; ")))")
      }
      return OneClassTeacher(file.teacher, losses: losses)
    }
    for losses in known where teachers.count(where: { $0.losses == losses }) > 1 {
      throw CommandError("two teachers have the losses \(losses); give one teacher for each row")
    }
    return teachers
  }
}
