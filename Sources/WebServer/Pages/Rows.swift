import Foundation
import Serving
import UninformedStudents

// What the templates show, as text.

/// An inspection in a list.
struct Row {
  let id: Int64
  let name: String
  let model: String
  let fingerprint: String
  let part: String?
  let decision: String
  let isAnomalous: Bool
  let score: String
  let pValue: String
  let time: String
  let machineTime: String
  let label: String?
  let isUnlike: Bool
  let isKept: Bool

  init(_ inspection: StoredInspection) {
    let record = inspection.record
    id = inspection.id ?? 0
    name = record.image
    model = inspection.model
    fingerprint = String(record.model.prefix(12))
    part = inspection.part
    decision = record.decision.rawValue
    isAnomalous = record.decision == .anomalous
    score = decimal(Double(record.score))
    pValue = decimal(record.pValue)
    time =
      inspection.time.formatted(.iso8601.year().month().day()) + " "
      + inspection.time.formatted(.iso8601.time(includingFractionalSeconds: false)) + " UTC"
    machineTime = inspection.time.formatted(.iso8601)
    label = inspection.feedback?.label.rawValue
    isUnlike = !record.unlike.isEmpty
    isKept = inspection.image != nil
  }
}

/// A region in the table and on the image.
struct RegionRow {
  let number: Int
  let x: Int
  let y: Int
  let width: Int
  let height: Int
  let peak: String
  let causes: [String]

  init(_ place: Int, _ region: AnomalousRegion) {
    number = place + 1
    (x, y, width, height) = (region.x, region.y, region.width, region.height)
    peak = decimal(Double(region.peak))
    causes = (region.causes ?? []).map { cause in
      "p = \(cause.receptiveField): error \(decimal(Double(cause.regressionError))), "
        + "uncertainty \(decimal(Double(cause.predictiveUncertainty)))"
    }
  }
}

/// One of several things to choose or to go to.
struct Choice {
  let value: String
  let text: String
  let isChosen: Bool
}

/// Three digits, as `students inspect` prints numbers.
func decimal(_ value: Double) -> String {
  value.formatted(
    .number.precision(.significantDigits(1...3)).locale(Locale(identifier: "en_US_POSIX")))
}

func percent(_ share: Double) -> String { "\(decimal(100 * share)) %" }
