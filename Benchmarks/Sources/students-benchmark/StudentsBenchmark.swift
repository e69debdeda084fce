import ArgumentParser
import CPeak
import Foundation
import UninformedStudents

/// What the program takes, against what a user would pick instead.
@main struct StudentsBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "students-benchmark",
    abstract: "Time the program against what a user would pick instead, in one run, turn about.",
    discussion: """
      A re-implementation runs the networks as most do: by multipooling and \
      libtorch's convolutions in their default layout. Results are compared before they are timed; \
      times are medians. The peak is what a loop of multiplications and additions in registers \
      reaches; shares of it count the operations that the definition of a convolution asks for, \
      so that minimal filtering may pass 100 %.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case convolutions, networks, precisions, maps, densities, training, sides, beside, together,
      measures

    /// What is timed unless one asks for it.
    var isUsual: Bool { ![.precisions, .sides, .beside, .together].contains(self) }
  }

  @Argument(
    help: ArgumentHelp(
      "What to time; the default is all but precisions, sides, beside and together.",
      discussion: """
        beside needs a machine that does nothing else; precisions takes long where the \
        processor has no instructions for bfloat16; together is for graphics cards.
        """))
  var parts: [Part] = Part.allCases.filter(\.isUsual)

  @Option(help: "Sides of images for sides.")
  var side: [Int] = [256, 512, 1024, 2048, 4096]

  @Option(help: "Where maps are computed, for maps and together; the default is full and strided.")
  var density: [Density] = []

  @Option(help: "Where to compute, for together: cpu, cuda or mps.")
  var device = Device.cpu

  @Flag(help: "Compute in bfloat16, for together.")
  var bf16 = false

  @Flag(help: "Let an NVIDIA card round what it multiplies to TF32, for together.")
  var tf32 = false

  @Option(help: "How many images are mapped together, for together.")
  var count = [1, 4, 8, 16]

  @Flag(help: "One JSON object at the end.")
  var json = false

  /// Keeps freed memory as the program does; what threads have allocated before that stays as it is.
  static func main() async {
    Runtime.keepFreedMemory()
    await main(nil)
  }

  func run() async throws {
    var report = Report()
    report.machine.peak = peak_operations(Int32(Runtime.threads), 1)
    let machine = report.machine
    note(
      String(
        format: "%d threads, libtorch %@, peak %.0f GFLOP/s", machine.threads, machine.libtorch,
        machine.peak / 1e9))
    var comparisons: [Comparison] = []
    let show = { (comparison: Comparison) in
      comparisons.append(comparison)
      note(comparison.line(peak: machine.peak))
    }
    for part in parts {
      switch part {
      case .convolutions: try compareConvolutions(show)
      case .networks: try compareNetworks(show)
      case .precisions: try comparePrecisions(show)
      case .maps:
        try await compareMaps(density.isEmpty ? [.full, .strided] : density, show)
      case .densities: try await compareDensities(show)
      case .training: try compareTraining(show)
      case .beside: try await compareBeside(show)
      case .sides: try await compareSides(side, show)
      case .together:
        try Runtime.allowTensorFloat32(tf32)
        try await compareTogether(
          density.isEmpty ? [.full, .strided] : density, device, bf16 ? .bf16 : .fp32,
          count, show)
      case .measures: try compareMeasures(show)
      }
    }
    report.comparisons = comparisons
    report.peakMiB = peakMiB()
    note("at most \(report.peakMiB) MiB resident")
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
  }

  /// With --json standard output is for JSON alone.
  private func note(_ line: String) {
    FileHandle(fileDescriptor: json ? STDERR_FILENO : STDOUT_FILENO).write(Data("\(line)\n".utf8))
  }
}

extension Density: @retroactive ExpressibleByArgument {}
extension Device: @retroactive ExpressibleByArgument {
  /// From its name.
  public init?(argument: String) { self.init(argument) }
}
