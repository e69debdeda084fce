import Files
import Foundation
import UninformedStudents

// How inspections are printed.
extension InspectionRecord {
  /// For people.
  func line(_ explains: Bool) -> String {
    let shown = regions.prefix(3).map { region in
      "\(region.width)×\(region.height) at \(region.x),\(region.y) "
        + "peak \(format(Double(region.peak)))" + (explains ? region.explanation : "")
    }
    let more = regions.count > 3 ? ["and \(regions.count - 3) more"] : []
    let columns =
      [
        decision.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0),
        String(format: "%8.3f", Double(score)), "p \(format(pValue))", image,
      ] + (regions.isEmpty ? [] : [(shown + more).joined(separator: "; ")])
      + (unlike.isEmpty ? [] : ["unlike: " + unlike.joined(separator: "; ")])
    return columns.joined(separator: "  ")
  }

  /// As an object; regions have their explanations where they are asked for.
  func json(explained: Bool) throws -> String {
    guard !explained else { return try json() }
    return try removingExplanations().json()
  }

  static let csvHeader =
    "image,decision,score,threshold,pValue,regions,x,y,width,height,unlike,error"

  /// As a row under ``csvHeader``.
  var csv: String {
    let worst = regions.first.map { ["\($0.x)", "\($0.y)", "\($0.width)", "\($0.height)"] }
    return CSV.row(
      [image, decision.rawValue, "\(score)", "\(threshold)", "\(pValue)", "\(regions.count)"]
        + (worst ?? ["", "", "", ""]) + [unlike.joined(separator: "; "), ""])
  }

  /// The row of an image that could not be inspected.
  static func csv(of image: String, error: String) -> String {
    CSV.row([image] + [String](repeating: "", count: 10) + [error])
  }
}

extension AnomalousRegion {
  /// What each receptive field sees, and which normal patch is most like it, in words.
  fileprivate var explanation: String {
    var texts = (causes ?? []).map { cause in
      "p = \(cause.receptiveField): error \(format(Double(cause.regressionError))), "
        + "uncertainty \(format(Double(cause.predictiveUncertainty)))"
    }
    if let nearest = similar?.first {
      texts.append(
        "most like \(SystemPath.name(nearest.image)) at \(nearest.x),\(nearest.y), "
          + "\(format(nearest.distance)) times as far as usual")
    }
    return texts.isEmpty ? "" : " (" + texts.joined(separator: "; ") + ")"
  }
}

/// What is printed of an image that cannot be read.
struct Failure: Encodable {
  let image: String
  let error: String
}
