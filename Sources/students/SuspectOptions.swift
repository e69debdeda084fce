import ArgumentParser
import Experiments
import Files
import Foundation
import UninformedStudents

/// How the images that calibrate a decision are chosen.
enum CalibrationChoice: String, CaseIterable, ExpressibleByArgument {
  case split, cross

  func plan(share: Double?) -> CalibrationPlan {
    switch self {
    case .split: .heldOut(share: share)
    case .cross: .cross()
    }
  }
}

/// What is said of good images that score unusually.
struct SuspectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write heat maps of the good images that score highest into this folder.",
      discussion: "Look at them: an image that shows no good part is better left out."))
  var suspects: String?

  /// How many heat maps are written, where no more are suspect.
  private static let shown = 5

  /// Names the suspects of a model's calibration, and writes their heat maps.
  ///
  /// - Parameters:
  ///   - images: All images that the scored ones may be among.
  ///   - model: The model.
  ///   - device: Where maps are computed.
  /// - Throws: What reading, mapping and writing images throw.
  func show(_ images: ImageCollection, _ model: TrainedModel, on device: Device) async throws {
    let suspects = model.calibration.suspects
    for suspect in suspects {
      complain(
        "unusual: \(suspect.name) scores \(format(Double(suspect.score))), "
          + "\(String(format: "%.1f", suspect.deviations)) deviations above the median of the good "
          + "images. If it shows no good part, leave it out: students calibrate … --leave-out \(suspect.name)"
      )
    }
    guard let folder = self.suspects else { return }
    try makeFolder(folder)
    let numbers = Dictionary(
      (0..<images.count).map { (images.name($0), $0) }, uniquingKeysWith: { first, _ in first })
    let inspector = try await model.inspector(on: device)
    let shown = model.calibration.unusual.prefix(max(Self.shown, suspects.count))
    for (rank, suspect) in shown.enumerated() {
      guard let number = numbers[suspect.name] else { continue }
      let image = try images.image(number)
      let name = "\(rank + 1)-\(SystemPath.stem(suspect.name).prefix(100)).heatmap.png"
      try await inspector.heatMap(of: image, inspector.inspect(image))
        .write(to: SystemPath.joined(folder, name), as: .heatMap)
    }
    complain("\(folder): heat maps of the \(shown.count) good images that score highest")
  }
}

extension Calibration {
  /// What the good images score, and what rates they can promise.
  var summary: String {
    let threshold = threshold()
    let origin =
      kind == .cross ? "each scored by a model of the others" : "none of them learnt from"
    return "\(images.count) good images, \(origin), score \(format(Double(scores[0]))) to "
      + "\(format(Double(scores[images.count - 1]))). \(threshold.promise(of: self))"
  }
}

extension Calibration.Threshold {
  /// What the rate of false alarms is, in a line.
  func promise(of calibration: Calibration) -> String {
    let exactly = calibration.kind == .cross ? "about" : "at most"
    return
      "On average over calibrations, \(exactly) \(falseAlarms.percent) of good images will be called "
      + "anomalous; this calibration, with \(calibration.images.count) images, may give up to "
      + "\(falseAlarmsAtMost.percent)."
  }
}
