import Files
import Foundation
import ServingFixture
import TestSupport
import Testing
import UninformedStudents

@testable import Serving

@Suite struct `What people review` {
  /// Inspects images; every third one is defective.
  private func inspected(
    _ count: Int, by service: InspectionService
  ) async throws -> [StoredInspection] {
    var found: [StoredInspection] = []
    for number in 1...count {
      let bytes = try ServiceFixture.image(
        UInt64(number) + 100, isDefective: number.isMultiple(of: 3))
      found.append(
        try await service.inspect(Submission(bytes: bytes, name: "\(number).png"), by: "part"))
    }
    return found
  }

  @Test func `begins with what is least certain`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let found = try await inspected(9, by: service)
      for (id, label) in [(2, StoredInspection.Feedback.Label.unsure), (4, .good), (6, .defect)] {
        _ = try await service.note(StoredInspection.Feedback(label), on: Int64(id))
      }
      let open = found.filter { ![2, 4, 6].contains($0.id) }
      let anomalous = open.filter { $0.record.decision == .anomalous }.sorted {
        ($1.record.pValue, $0.record.score) < ($0.record.pValue, $1.record.score)
      }
      let good = open.filter { $0.record.decision == .good }.sorted {
        ($0.record.pValue, $1.record.score) < ($1.record.pValue, $0.record.score)
      }
      #expect(anomalous.count >= 2 && good.count >= 2)
      let expected = [2] + (anomalous + good).map(\.id)
      let all = try await service.history.toReview(limit: 20)
      #expect(all.map(\.id) == expected)
      for skip in 0...expected.count {
        let one = try await service.history.toReview(skip: skip)
        #expect(one.map(\.id) == Array(expected.dropFirst(skip).prefix(1)))
      }
      // A sample is chosen by number, whatever was found, and unsure counts as open for calibration alone.
      let model = try service.model("part")
      let sample = (Sample(every: 2), model: "part", fingerprint: model.fingerprint)
      let sampled = try await service.history.toReview(sample, limit: 20)
      #expect(sampled.map(\.id) == [8])
      let labels = try await service.history.labels(
        of: sample.0, model: "part", by: model.fingerprint)
      #expect(labels == [.unsure: 1, .good: 1, .defect: 1, nil: 1])
    }
  }

  @Test func `calibrates as those images themselves would`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let found = try await inspected(9, by: service)
      let before = try service.model("part")
      await #expect(throws: ServiceError.notReviewed(9, of: 9)) {
        try await service.calibrate("part", on: Sample())
      }
      for inspection in found {
        let isGood = !(inspection.id ?? 0).isMultiple(of: 3)
        _ = try await service.note(
          StoredInspection.Feedback(isGood ? .good : .defect), on: #require(inspection.id))
      }
      let model = try await service.calibrate("part", on: Sample())
      #expect(
        model.inspector.calibration.images.count == 6 && model.fingerprint != before.fingerprint)
      // The slow way: the images are mapped again.
      let good = ImageCollection(
        try found.filter { !($0.id ?? 0).isMultiple(of: 3) }.map { inspection in
          ImageSource(
            bytes: try #require(try service.images.bytes(of: inspection.image ?? "")),
            name: "inspection \(inspection.id ?? 0): \(inspection.record.image)")
        })
      let slow = try await before.inspector.model.calibrated(
        on: good, run: TrainingRun(seed: 1, teachers: [:]))
      #expect(model.inspector.calibration == slow.calibration)
      #expect(model.inspector.model.frames == slow.frames)
      // It decides, is in the file, and what was inspected before does not belong to it.
      #expect(try service.model("part").fingerprint == model.fingerprint)
      let kept = try TrainedModel(contentsOf: model.path)
      #expect(kept.calibration == slow.calibration)
      #expect(!FileManager.default.fileExists(atPath: "\(model.path).arrived"))
      await #expect(throws: ServiceError.noneGood(of: 0)) {
        try await service.calibrate("part", on: Sample())
      }
    }
  }

  @Test func `is no calibration of what was learnt from, and of what is gone`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let before = try service.model("part").fingerprint
      // The fixture's model has learnt from two thirds of these.
      for seed in 1...8 {
        let stored = try await service.inspect(
          Submission(bytes: ServiceFixture.image(UInt64(seed)), name: "a"), by: "part")
        _ = try await service.note(StoredInspection.Feedback(.good), on: #require(stored.id))
      }
      await #expect(throws: GoodImagesError.self) {
        try await service.calibrate("part", on: Sample())
      }
      let inspection = try #require(try await service.history.inspection(8))
      _ = try await service.history.forgetImage(of: 8)
      service.images.remove(
        try #require(inspection.image), fingerprints: [inspection.record.model])
      await #expect(throws: ServiceError.notKept(1, of: 1)) {
        try await service.calibrate("part", on: Sample(every: 8))
      }
      #expect(try service.model("part").fingerprint == before)
    }
  }

  @Test func `chooses a rate that stays`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let before = try service.model("part").threshold
      let chosen = try await service.choose(falseAlarms: 0.5, for: "part")
      #expect(chosen.threshold.score < before.score && chosen.threshold.falseAlarms > 0.4)
      let again = try await ServiceFixture.service(in: folder)
      #expect(try again.model("part").threshold == chosen.threshold)
      // What the service is started with counts before it, and cannot be changed.
      let fixed = try await ServiceFixture.service(in: folder, falseAlarms: 0.1)
      #expect(try fixed.model("part").threshold.falseAlarms <= 0.1)
      await #expect(throws: ServiceError.fixedRate("part")) {
        try await fixed.choose(falseAlarms: 0.5, for: "part")
      }
    }
  }
}
