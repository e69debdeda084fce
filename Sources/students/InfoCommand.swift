import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students info`.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a model or a teacher is and where it comes from.",
    discussion: """
      The fingerprint of a model is SHA-256 over everything that it was trained and calibrated with; two \
      models with the same fingerprint decide alike.

      With --json, prints one object with the keys method, fingerprint, parts (what it is made of, by name), \
      provenance, imageSide, fit, region (x, y, width, height), ignored (a share), density, \
      leastFalseAlarms, goodScores, goodImages (name, score and mean of each image that it is calibrated \
      on); of a teacher receptiveField, fingerprint and card.
      """)

  @Argument(help: "A .students model, or a teacher.")
  var file: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    if let teacher = try? TeacherFile(contentsOf: file) {
      if json { return say(try TeacherDescription(teacher).json()) }
      say("teacher for patches of \(teacher.teacher.receptiveField.rawValue) pixels")
      for (key, value) in teacher.card.sorted(by: { $0.key < $1.key }) { say(row(key, value)) }
      say(row("fingerprint", try teacher.teacher.fingerprint()))
      return
    }
    let model = try TrainedModel(contentsOf: file)
    if json { return say(try ModelDescription(model).json()) }
    let provenance = model.provenance
    let scores = model.calibration.scores
    say("model of \(type(of: model.detector).method), written by version \(provenance.version)")
    say(row("fingerprint", try model.fingerprint().digits))
    say(row("images", model.framing.summary))
    if let region = model.framing.region {
      say(row("region", "\(region.width) × \(region.height) at \(region.x),\(region.y)"))
    }
    if model.framing.ignoredShare > 0 {
      say(row("ignored", "\(model.framing.ignoredShare.percent) of the inspected area"))
    }
    say(
      row(
        "learnt from",
        "\(provenance.trainingImages) good images, "
          + "calibrated on \(scores.count)\(model.calibration.kind == .cross ? " by folds" : " others")"
      ))
    if let date = provenance.imagesUntil {
      say(row("images until", date.formatted(.iso8601)))
    }
    if let written = try FileStatus(file)?.modified {
      say(row("file written", written.formatted(.iso8601)))
    }
    say(row("steps", "\(provenance.steps) a student, seed \(provenance.seed)"))
    say(
      row(
        "trained on",
        "\(provenance.device), \(provenance.threads) thread\(provenance.threads == 1 ? "" : "s"), "
          + "libtorch \(provenance.libtorch)"))
    say(row("settings", model.settings))
    if let normal = model.normalPatches {
      say(row("normal patches", "\(normal.count) of \(normal.imageCount) images"))
    }
    if let proof = model.proof { say(row("proof", "\(proof.specimens.count) images")) }
    if let density = model.calibration.density { say(row("density", density.rawValue)) }
    say(
      row(
        "good scores",
        "\(format(Double(scores[0]))) to "
          + "\(format(Double(scores[scores.count - 1])))"))
    say(row("image score", model.calibration.scoring.description))
    let threshold = model.calibration.threshold()
    say(row("precision", model.calibration.precision.rawValue))
    say(row("false alarms", "\(format(model.calibration.leastFalseAlarms)) at the lowest"))
    say(
      row(
        "threshold",
        "\(format(Double(threshold.score))). \(threshold.promise(of: model.calibration))"))
    say(row("pixels marked", "above \(format(Double(threshold.pixel)))"))
    let suspects = model.calibration.suspects
    for image in model.calibration.unusual.prefix(5) {
      say(
        row(
          "highest",
          "\(format(Double(image.score)))  \(image.name)"
            + (suspects.contains(image) ? "  (unusual)" : "")))
    }
  }

  private func row(_ name: String, _ value: String) -> String {
    "  \(name)\(String(repeating: " ", count: max(0, 15 - name.count))) \(value)"
  }
}

/// What is printed of a teacher.
private struct TeacherDescription: Encodable {
  let receptiveField: Int
  let fingerprint: String
  let card: [String: String]

  init(_ file: TeacherFile) throws {
    receptiveField = file.teacher.receptiveField.rawValue
    fingerprint = try file.teacher.fingerprint()
    card = file.card
  }
}

/// What is printed of a model.
private struct ModelDescription: Encodable {
  let method: String
  let fingerprint: String
  let parts: [String: String]
  let provenance: Provenance
  let imageSide: Int
  let fit: Framing.Fit
  let region: Rectangle?
  let ignored: Double
  let density: Density?
  let leastFalseAlarms: Double
  let topShare: Double
  let surroundings: Float?
  let goodScores: [Float]
  let goodImages: [Calibration.ScoredImage]

  init(_ model: TrainedModel) throws {
    let fingerprint = try model.fingerprint()
    method = type(of: model.detector).method
    self.fingerprint = fingerprint.digits
    parts = fingerprint.parts
    provenance = model.provenance
    imageSide = model.framing.side
    fit = model.framing.fit
    region = model.framing.region
    ignored = model.framing.ignoredShare
    density = model.calibration.density
    leastFalseAlarms = model.calibration.leastFalseAlarms
    topShare = model.calibration.scoring.topShare
    surroundings = model.calibration.scoring.surroundings
    goodScores = model.calibration.scores
    goodImages = model.calibration.images
  }
}

extension ImageScoring {
  /// What is said of it.
  fileprivate var description: String {
    guard topShare > 0 else { return "the highest pixel" }
    let mean = "the mean of the highest \(format(100 * topShare)) % of pixels"
    guard let surroundings else { return mean }
    return mean + ", each less its surroundings (up to \(format(Double(surroundings))))"
  }
}
