public import UninformedStudents

/// What a model decides about the images of a test set at one rate of false alarms.
public struct ImageDecisions: Codable, Sendable, Equatable {
  /// The share of good images that the threshold promises to call anomalous at the most, on average over
  /// calibrations.
  public let falseAlarms: Double
  /// What this one calibration may really give: in 95 of 100 calibrations it is no more.
  public let falseAlarmsAtMost: Double
  /// Images that score above this are called anomalous.
  public let threshold: Float
  /// The images with a defect that are called anomalous; nil where there are none with a defect.
  public let found: Proportion?
  /// The good images that are called anomalous; nil where there are no good ones.
  public let falselyFound: Proportion?

  init(_ kinds: [ImageKind], at threshold: Calibration.Threshold) {
    falseAlarms = threshold.falseAlarms
    falseAlarmsAtMost = threshold.falseAlarmsAtMost
    self.threshold = threshold.score
    found = kinds.filter(\.isAnomalous).called(above: threshold.score)
    falselyFound = kinds.filter { !$0.isAnomalous }.called(above: threshold.score)
  }
}

/// The scores of the images of one folder of a test set: the good ones, or those of a kind of defect.
package struct ImageKind: Sendable {
  package let name: String
  package let isAnomalous: Bool
  package let scores: [Float]

  package init(name: String, isAnomalous: Bool, scores: [Float]) {
    (self.name, self.isAnomalous, self.scores) = (name, isAnomalous, scores)
  }
}

extension [ImageKind] {
  /// The images that score above a threshold; nil where there is no image.
  func called(above threshold: Float) -> Proportion? {
    let scores = flatMap(\.scores)
    return scores.isEmpty ? nil : Proportion(scores.count { $0 > threshold }, of: scores.count)
  }
}

extension CategoryScores {
  /// The scores of all images, the good ones first, then the kinds of defects by name.
  var kinds: [ImageKind] {
    let names = Set(entries.map(\.item.defect)).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    let kinds = names.map { name in
      ImageKind(
        name: name, isAnomalous: !MVTecCategory.isGood(name),
        scores: entries.filter { $0.item.defect == name }.map(\.score))
    }
    return kinds.filter { !$0.isAnomalous } + kinds.filter(\.isAnomalous)
  }
}

extension Proportion {
  /// Such as `3 of 4`.
  public var text: String { "\(count) of \(of)" }
  /// Such as `75.0 %`.
  public var percent: String { share.percent }
  /// Both ends of the interval, such as `19.4–99.4 %`.
  public var percentInterval: String {
    String(format: "%.1f–%.1f %%", 100 * interval.low, 100 * interval.high)
  }
}

extension Double {
  /// A share, such as `4.8 %`.
  package var percent: String { String(format: "%.1f %%", 100 * self) }
}
