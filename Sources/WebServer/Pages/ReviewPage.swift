import Foundation
import HTTPTypes
import Hummingbird
import Serving

/// One image after the other for a person to say what it shows.
struct ReviewPage: Sendable {
  let pages: PageRoutes

  func add(to router: Router<ServerContext>) { router.get("/review", use: pages.shown(review)) }

  @Sendable private func review(
    _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let fields = FormFields(request)
    guard let skip = Int(fields["skip"] ?? "0"), skip >= 0 else {
      throw Problem(.badRequest, "skip: it must be a whole number")
    }
    let history = pages.service.history
    var values: [String: Any?] = [
      "models": pages.service.models.map {
        Choice(value: $0.name, text: $0.name, isChosen: $0.name == fields["model"])
      },
      "since": fields["since"], "every": fields["every"] ?? "10",
    ]
    let found: StoredInspection?
    if let name = fields["model"] {
      let model = try pages.service.model(name)
      let sample = try Sample(since: fields["since"], until: nil, every: fields["every"])
      found = try await history.toReview(
        (sample, model: name, fingerprint: model.fingerprint), skip: skip
      ).first
      let labels = try await history.labels(
        of: sample, model: name, by: model.fingerprint)
      values["sample"] = SampleRow(labels)
    } else {
      found = try await history.toReview(skip: skip).first
    }
    if let found {
      values.merge(PageRoutes.values(of: found)) { $1 }
      // What is said takes the image out of the list; what is left for later stays at its place.
      values["next"] = link(fields, skip: skip)
      values["later"] = link(fields, skip: skip + 1)
      // Of all that is worth a look, what somebody is unsure of stays, and comes first.
      values["nextUnsure"] = link(fields, skip: fields["model"] == nil ? skip + 1 : skip)
    }
    values["isDone"] = found == nil
    values["first"] = skip > 0 ? link(fields, skip: 0) : nil
    return pages.page("review", "Review", values)
  }

  private func link(_ fields: FormFields, skip: Int) -> String {
    let kept = ["model", "since", "every"].compactMap { name in
      fields[name].map { "\(name)=\($0.escapedForAddress)&" }
    }
    return "/review?\(kept.joined())skip=\(skip)"
  }
}

/// How far a sample is reviewed.
struct SampleRow {
  let good: Int
  let defect: Int
  let unsure: Int
  let open: Int

  init(_ labels: [StoredInspection.Feedback.Label?: Int]) {
    good = labels[.good] ?? 0
    defect = labels[.defect] ?? 0
    unsure = labels[.unsure] ?? 0
    open = labels[nil] ?? 0
  }
}

extension String {
  /// As a value in an address.
  var escapedForAddress: String {
    addingPercentEncoding(
      withAllowedCharacters: .init(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"))
      ?? ""
  }
}
