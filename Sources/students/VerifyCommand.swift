import ArgumentParser
import Files
import UninformedStudents

/// `students verify`.
struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check whether a model decides here as it did where it was calibrated.",
    discussion: """
      Processors, graphics cards and versions of libraries round differently or decode images \
      differently. A model carries four of its held-out good images with their scores, and this \
      command scores them again. It prints the largest difference, and whether that could change a \
      verdict: whether any good image of the calibration lies so close to the threshold.

      Each precision and density that the model is calibrated for is tried, unless one is named.

      The exit status is 0 if all verdicts hold, 1 if one could change, and 2 if the model cannot \
      be verified.

      Examples:
        students verify part.students
        students verify part.students --device cuda --json
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Option(help: "One precision that the model is calibrated for; the default is all of them.")
  var precision: Precision?

  @Option(help: "One density that the model is calibrated for; the default is all of them.")
  var density: Density?

  @Option(help: FalseAlarms.help, in: .share)
  var falseAlarms: Double?

  @Flag(help: "Print one JSON object for each precision and density, in one line each.")
  var json = false

  @OptionGroup var compute: ComputeOptions

  func run() async throws {
    let device = try compute.prepared()
    let trained = try TrainedModel(contentsOf: model)
    let chosen = trained.calibrations.filter {
      (precision ?? $0.precision) == $0.precision && (density ?? $0.density) == $0.density
    }
    // One that the model has not is told with those that it has.
    let executions =
      chosen.isEmpty ? [(precision, density)] : chosen.map { ($0.precision, $0.density) }
    let display = ProgressDisplay()
    var holds = true
    for (precision, density) in executions {
      let verification = try await naming(model) {
        let inspector = try await trained.inspector(
          on: device, precision: precision, density: density)
        return try await inspector.verification(falseAlarms: falseAlarms) {
          display.show("verifying", $0, $1)
        }
      }
      holds = holds && verification.holds
      if json { say(try verification.json()) } else { say(lines: verification.text) }
    }
    if !holds { throw ExitCode(1) }
  }
}

extension Verification {
  /// For people.
  fileprivate var text: String {
    var lines = images.map { image in
      let scores = "  \(format(Double(image.recorded)))  here \(format(Double(image.score)))"
      return "\(scores)  map \(image.isEqual ? "equal  " : "rounded")  \(image.image)"
    }
    lines.append(holds ? summary : "\(summary): \(firstFew(couldChange))")
    return lines.joined(separator: "\n")
  }
}
