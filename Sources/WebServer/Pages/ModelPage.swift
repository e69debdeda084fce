import Experiments
import Foundation
import HTTPTypes
import Hummingbird
import Serving
import UninformedStudents

/// Where each model comes from, what its decision rests on, and where that lies.
struct ModelPage: Sendable {
  let pages: PageRoutes

  func add(to router: Router<ServerContext>) {
    router.get("/models", use: pages.shown(models))
    router.post("/models/:name/false-alarms", use: pages.shown(choose))
    router.post("/models/:name/calibrations", use: pages.shown(calibrate))
  }

  /// So many of the last inspections tell what a rate would have meant.
  private static let last = 1000

  @Sendable private func models(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    var sections: [ModelSection] = []
    for model in pages.service.models {
      let history = pages.service.history
      sections.append(
        ModelSection(
          model,
          last: try await history.latestScores(
            Self.last, of: model.name, by: model.fingerprint),
          labels: try await history.labels(
            of: Sample(), model: model.name, by: model.fingerprint)))
    }
    return pages.page("models", "Models", ["models": sections])
  }

  @Sendable private func choose(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let name = try context.parameters.require("name")
    let share = try ModelRoutes.share(
      await pages.form(request)["falseAlarms"].flatMap(Double.init),
      "falseAlarms: it must be a share above 0 and at most 1")
    _ = try await pages.service.choose(falseAlarms: share, for: name)
    return try PageRoutes.seeOther("/models#\(name.escapedForAddress)")
  }

  @Sendable private func calibrate(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let name = try context.parameters.require("name")
    let form = try await pages.form(request)
    let sample = try Sample(since: form["since"], until: nil, every: form["every"])
    try await pages.service.calibrate(name, on: sample)
    return try PageRoutes.seeOther("/models#\(name.escapedForAddress)")
  }
}

/// A model on the page.
struct ModelSection {
  /// A rate that can be chosen.
  struct Rate {
    let falseAlarms: Double
    let text: String
    let isChosen: Bool
    /// Where its threshold stands in the histogram.
    let x: Double
  }

  /// What is said of it.
  struct Fact {
    let term: String
    let text: String
  }

  let name: String
  /// The name as a part of addresses.
  let address: String
  let facts: [Fact]
  let histogram: String
  let rates: [Rate]
  let isFixed: Bool
  let reviewed: SampleRow

  init(
    _ model: ServedModel, last: [Float], labels: [StoredInspection.Feedback.Label?: Int]
  ) {
    let (calibration, chosen) = (model.inspector.calibration, model.threshold)
    let thresholds = RateChoices.thresholds(of: calibration, with: chosen)
    let plot = ScoreHistogram(
      [ImageKind(name: "calibration", isAnomalous: false, scores: calibration.scores)]
        + (last.isEmpty
          ? [] : [ImageKind(name: "last \(last.count)", isAnomalous: true, scores: last)]),
      threshold: chosen.score, reach: thresholds.map(\.score))
    (name, address) = (model.name, model.name.escapedForAddress)
    histogram = plot.svg
    rates = thresholds.map { threshold in
      let called = last.count { $0 > threshold.score }
      let past = last.isEmpty ? "" : "; \(called) of the last \(last.count) would be anomalous"
      return Rate(
        falseAlarms: threshold.falseAlarms,
        text: "\(percent(threshold.falseAlarms)): above \(decimal(Double(threshold.score)))\(past)",
        isChosen: threshold == chosen, x: plot.x(threshold.score))
    }
    isFixed = model.isFixed
    reviewed = SampleRow(labels)
    facts = Self.facts(model, chosen)
  }

  private static func facts(
    _ model: ServedModel, _ threshold: Calibration.Threshold
  ) -> [Fact] {
    let (trained, calibration) = (model.inspector.model, model.inspector.calibration)
    let provenance = trained.provenance
    let execution = [calibration.precision.rawValue, calibration.density?.rawValue]
    return [
      Fact(
        term: "Decides",
        text: "scores above \(decimal(Double(threshold.score))) are anomalous: at most "
          + "\(percent(threshold.falseAlarms)) of good images, on average over calibrations"),
      Fact(
        term: "Calibrated",
        text: "on \(calibration.images.count) good images, "
          + (calibration.kind == .cross ? "each left out of one training" : "not learnt from")
          + ", \(execution.compactMap(\.self).joined(separator: ", "))"),
      Fact(
        term: "Learnt",
        text: "from \(provenance.trainingImages) good images, seed \(provenance.seed)"
          + (provenance.imagesUntil.map { ", the newest of \($0.formatted(.iso8601))" } ?? "")),
      Fact(
        term: "Verified",
        text: model.verification?.summary ?? "not; the model carries no proof"),
      Fact(term: "By", text: "students \(provenance.version)"),
      Fact(term: "Fingerprint", text: model.fingerprint),
    ]
  }
}
