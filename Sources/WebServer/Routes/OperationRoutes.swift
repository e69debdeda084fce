import Foundation
import HTTPTypes
import Hummingbird
import Serving

/// What those who run the service ask: whether it lives, whether it can take more, what it counted.
struct OperationRoutes: Sendable {
  let service: InspectionService

  func add(to router: Router<ServerContext>) {
    router.get("/health") { _, _ in
      try ServiceJSON.response(["status": "alive"])
    }
    router.get("/ready") { _, _ in
      // Nothing is decided that cannot be remembered.
      _ = try await service.history.latest()
      try service.images.checkWritable()
      return try ServiceJSON.response(["status": "ready"])
    }
    router.get("/v1/drift") { _, _ in try ServiceJSON.response(["models": service.drifts]) }
    router.get("/metrics") { _, _ in
      Response(
        status: .ok,
        headers: [
          .contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store",
        ],
        body: ResponseBody(byteBuffer: ByteBuffer(string: await metrics())))
    }
    router.get("/openapi.json") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: try Assets.bytes("openapi.json"))))
    }
  }

  /// In the text format of Prometheus.
  private func metrics() async -> String {
    let values = service.counters.values
    let depths = await service.depths()
    var lines: [String] = []
    func family(_ name: String, _ type: String, _ help: String, _ samples: [String]) {
      lines += ["# HELP students_\(name) \(help)", "# TYPE students_\(name) \(type)"]
      lines += samples.map { "students_\(name)\($0)" }
    }
    let tallies = values.models.sorted { $0.key < $1.key }
    family(
      "inspections_total", "counter", "Images inspected, by model and decision.",
      tallies.flatMap { name, tally in
        [("good", tally.good), ("anomalous", tally.anomalous)].map {
          "{model=\"\(Self.escaped(name))\",decision=\"\($0.0)\"} \($0.1)"
        }
      })
    family(
      "inspection_seconds", "histogram", "Seconds from an image's turn to its verdict.",
      tallies.flatMap { name, tally in
        let label = "model=\"\(Self.escaped(name))\""
        var sum = 0
        var samples = zip(Counters.secondsBounds, tally.seconds).map { bound, count in
          sum += count
          return "_bucket{\(label),le=\"\(bound)\"} \(sum)"
        }
        let all = tally.seconds.reduce(0, +)
        samples += [
          "_bucket{\(label),le=\"+Inf\"} \(all)", "_sum{\(label)} \(tally.secondsSum)",
          "_count{\(label)} \(all)",
        ]
        return samples
      })
    family(
      "last_score", "gauge", "The score of the last image.",
      tallies.map { "{model=\"\(Self.escaped($0))\"} \($1.lastScore)" })
    family(
      "waiting", "gauge", "Images that wait or are being inspected.",
      depths.sorted { $0.key < $1.key }.map { "{model=\"\(Self.escaped($0.key))\"} \($0.value)" })
    family(
      "drift_evidence", "gauge",
      "How strongly images speak against being like those before; 100 is an alarm.",
      service.drifts.flatMap { drift in
        drift.signals.map {
          "{model=\"\(Self.escaped(drift.model))\",signal=\"\($0.kind.rawValue)\"} \($0.highestEvidence)"
        }
      })
    family(
      "turned_away_total", "counter", "Images that a full queue turned away.",
      [" \(values.turnedAway)"])
    family("failed_total", "counter", "Images that could not be inspected.", [" \(values.failed)"])
    return lines.joined(separator: "\n") + "\n"
  }

  private static func escaped(_ label: String) -> String {
    label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
