import ArgumentParser
import Experiments
import Files
import Foundation
import UninformedStudents

/// `students reproduce`.
struct Reproduce: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Rerun the paper's tables of one-class classification: MNIST, CIFAR-10.",
    discussion: """
      Each class is learnt alone; the other classes of the test set are anomalous. Pictures are \
      zoomed to patches of the teacher; its descriptors are computed once and kept beside the \
      output. Every cell of the table is kept as soon as it is filled: the same command goes on \
      where an earlier one was stopped, and more methods or classes may be asked for later.

      Examples:
        students reproduce mnist --data mnist --output mnist.json
        students reproduce cifar10 --data cifar-10-binary.tar.gz --train-limit 1000 --test-limit 1000
      """)

  @Argument(help: "mnist, cifar10 or fashion-mnist.")
  var dataset: OneClassDataset

  @Option(
    help: ArgumentHelp(
      "Where the data set lies.",
      discussion: "A folder of IDX files, plain or gzipped (MNIST, Fashion-MNIST); or of binary "
        + "batches, a tar of them, or a folder of train/<class> and test/<class> (CIFAR-10)."))
  var data: String

  @Option(help: "Methods, with commas: knn, kmeans, ocsvm, ae, vae, student-teacher.")
  var methods = MethodList(MethodName.oneClass)

  @Option(help: "Classes by their numbers, with commas, such as 0,3,5; the default is all.")
  var classes: ClassList?

  @Option(
    help: "Another teacher than the bundled one; MNIST and CIFAR-10 take p = 33 in the paper.")
  var teacher: String?

  @Option(help: "The losses that the teacher was trained with: the paper's row to compare with.")
  var losses = "k,c"

  @Option(help: "Learn from at most so many pictures of a class.")
  var trainLimit: Int?

  @Option(help: "Ask about at most so many test pictures.")
  var testLimit: Int?

  @Option(help: "Students of the ensemble.")
  var students = PatchStudents.Settings().students

  @Option(help: "Times that students see each picture.")
  var epochs = PatchStudents.Settings().epochs

  @Option(help: "The source of all randomness.")
  var seed: UInt64 = 1

  @Option(help: "Keep results in this JSON file, and go on with what is in it.")
  var output: String?

  @Flag(help: "Print the table in Markdown.")
  var markdown = false

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    for (value, option) in [
      (trainLimit, "--train-limit"), (testLimit, "--test-limit"), (students, "--students"),
      (epochs, "--epochs"),
    ] where value ?? 1 < 1 { throw ValidationError("\(option) needs at least 1.") }
    if let trainLimit, trainLimit < 2 { throw ValidationError("--train-limit needs at least 2.") }
  }

  func run() async throws {
    let device = try compute.prepared()
    let read = try dataset.read(data)
    let network = try teacher.map { try TeacherFile(contentsOf: $0).teacher } ?? bundledTeacher()
    if let output { try AtomicFile.checkWritable(output) }
    var experiment = OneClassExperiment(dataset)
    experiment.methods = methods.methods
    if let classes { experiment.classes = classes.numbers }
    (experiment.trainLimit, experiment.testLimit) = (trainLimit, testLimit)
    (experiment.students.students, experiment.students.epochs) = (students, epochs)
    experiment.losses = losses
    let display = ProgressDisplay()
    let run = TrainingRun(seed: seed, device: device) { display.show($0) }
    let results = try await stoppable { [experiment] in
      try await experiment.results(
        data: read, teacher: network, output: output, run: run
      ) { cell, secondsLeft in
        complain(
          "\(cell.name), \(cell.method.rawValue): ROC-AUC \(String(format: "%.4f", cell.rocAUC)) "
            + "in \(duration(cell.seconds)); \(duration(secondsLeft)) left")
      }
    }
    let table = OneClassTable(results)
    say(markdown ? table.markdown : table.text)
  }

  private func bundledTeacher() throws -> PatchDescriptor {
    guard let teacher = try BundledTeachers.load([.p33])[.p33] else {
      throw TrainingError.noTeacher(33)
    }
    return teacher
  }
}

/// Methods in one word, such as `knn,vae`.
struct MethodList: ExpressibleByArgument {
  let methods: [MethodName]

  init(_ methods: [MethodName]) { self.methods = methods }

  init?(argument: String) {
    let found = argument.split(separator: ",").map { MethodName(rawValue: String($0)) }
    guard !found.isEmpty, !found.contains(nil) else { return nil }
    methods = MethodName.oneClass.filter { found.contains($0) }
  }

  var defaultValueDescription: String { methods.map(\.rawValue).joined(separator: ",") }
}

/// Numbers of classes in one word, such as `0,3`.
struct ClassList: ExpressibleByArgument {
  let numbers: [Int]

  init?(argument: String) {
    let found = argument.split(separator: ",").map { Int($0) }
    let known = found.compactMap(\.self).filter { (0..<10).contains($0) }
    guard !found.isEmpty, known.count == found.count else { return nil }
    numbers = Set(known).sorted()
  }
}
