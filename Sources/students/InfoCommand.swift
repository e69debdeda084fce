import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students info`.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a model or a teacher is and where it comes from.")

  @Argument(help: "A .students model, or a teacher.")
  var file: String

  func run() throws {
    if let teacher = try? TeacherFile(contentsOf: file) {
      say("teacher for patches of \(teacher.teacher.receptiveField.rawValue) pixels")
      for (key, value) in teacher.card.sorted(by: { $0.key < $1.key }) { say(row(key, value)) }
      return
    }
    let model = try TrainedModel(contentsOf: file)
    let provenance = model.provenance
    let scores = model.calibration.scores
    say("model of \(type(of: model.detector).method), written by version \(provenance.version)")
    say(row("fingerprint", try model.fingerprint().digits))
    say(row("image side", "\(model.imageSide) pixels"))
    say(
      row(
        "learnt from",
        "\(provenance.trainingImages) good images, "
          + "\(scores.count) more kept aside"))
    if let date = provenance.imagesUntil {
      say(row("images until", date.formatted(.iso8601)))
    }
    if let written = FileStatus(file)?.modified {
      say(row("file written", written.formatted(.iso8601)))
    }
    say(row("steps", "\(provenance.steps) a student, seed \(provenance.seed)"))
    say(
      row(
        "trained on",
        "\(provenance.device.rawValue), \(provenance.threads) threads, "
          + "libtorch \(provenance.libtorch)"))
    say(row("settings", model.settings))
    if let density = model.detector.density { say(row("density", density.rawValue)) }
    say(
      row(
        "good scores",
        "\(format(Double(scores[0]))) to "
          + "\(format(Double(scores[scores.count - 1])))"))
    say(row("false alarms", "\(format(model.calibration.leastFalseAlarms)) at the least"))
  }

  private func row(_ name: String, _ value: String) -> String {
    "  \(name.padding(toLength: 14, withPad: " ", startingAt: 0)) \(value)"
  }
}
