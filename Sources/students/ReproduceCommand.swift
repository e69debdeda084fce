import ArgumentParser
import UninformedStudents

/// `students reproduce`.
struct Reproduce: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Rerun the paper's tables: MVTec AD, MNIST, CIFAR-10.",
    discussion: """
      Each cell of a table is kept as soon as it is filled. The same command continues where an earlier \
      one was stopped, and more methods or classes may be added later.

      With --part, many workers share the cells. Each fills those of its part, and 'students join' puts \
      them together into the file that one machine would have written. Descriptors and models are shared \
      beside it. Give all workers the same --threads: figures depend on it, so other numbers are refused.

      Examples:
        students reproduce mvtec --data mvtec --output mvtec.json
        students reproduce mnist --data mnist --output mnist.json
        students reproduce cifar10 --data cifar-10-binary.tar.gz --train-limit 1000 --test-limit 1000
        students reproduce mnist --data mnist --output mnist.json --threads 2 --part 2/3
      """,
    subcommands: [
      ReproduceMVTec.self, ReproduceMNIST.self, ReproduceCIFAR10.self, ReproduceFashionMNIST.self,
    ])
}

/// Methods in one word, such as `knn,vae`.
struct MethodList: LosslessStringConvertible {
  let methods: [MethodEntry]

  init(_ methods: [MethodEntry]) { self.methods = methods }

  init?(_ text: String) {
    let found = text.split(separator: ",").map { MethodEntry(rawValue: String($0)) }
    guard !found.isEmpty, !found.contains(nil) else { return nil }
    methods = MethodEntry.allCases.filter { found.contains($0) }
  }

  var description: String { methods.map(\.name).joined(separator: ",") }
}

/// Numbers of classes in one word, such as `0,3`.
struct ClassList: LosslessStringConvertible {
  let numbers: [Int]

  init?(_ text: String) {
    let found = text.split(separator: ",").map { Int($0) }
    let known = found.compactMap(\.self).filter { (0..<10).contains($0) }
    guard !found.isEmpty, known.count == found.count else { return nil }
    numbers = Set(known).sorted()
  }

  var description: String { numbers.map(String.init).joined(separator: ",") }
}
