import Files
import Foundation
import ServingFixture
import TestSupport
import Testing
import UninformedStudents

@testable import Serving

@Suite struct `The inspection service` {
  @Test func `says what the inspector says, and remembers it`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let model = try service.model("part")
      for (number, isDefective) in [false, true].enumerated() {
        let bytes = try ServiceFixture.image(UInt64(number) + 50, isDefective: isDefective)
        let stored = try await service.inspect(
          Submission(bytes: bytes, name: "a.png", part: "7"), by: "part")
        let image = try Image(bytes: bytes, name: "a.png")
        let verdict = try await model.inspector.inspect(image, falseAlarms: nil)
        #expect(
          stored.record
            == InspectionRecord(verdict, of: image, named: "a.png", model: model.fingerprint))
        #expect(stored.record.decision == (isDefective ? .anomalous : .good))
        #expect(stored.part == "7" && stored.id == Int64(number) + 1)
        let drawn = try #require(try await service.heatMap(of: stored))
        #expect(try drawn == model.inspector.heatMap(of: image, verdict).encoded())
        #expect(try service.images.bytes(of: #require(stored.image)) == bytes)
        let read = try await service.history.inspection(#require(stored.id))
        #expect(try read?.record.json() == stored.record.json())
      }
      // Another process finds the same.
      let other = try History(path: "\(folder)/data/history.sqlite")
      #expect(try await other.inspections(History.Query()).map(\.id) == [2, 1])
    }
  }

  @Test func `replaces what a link points to, and keeps its rights`() async throws {
    try await withTemporaryFolder { folder in
      let file = try await ServiceFixture.model(in: folder, named: "real")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      let files = FileManager.default
      try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
      let link = "\(folder)/part.students"
      try files.createSymbolicLink(atPath: link, withDestinationPath: file)
      let service = try await InspectionService(
        [ServedModel(contentsOf: link, name: "part", on: .cpu, falseAlarms: nil)],
        folder: "\(folder)/data")
      let replaced = try await service.replace("part", by: bytes)
      #expect(replaced.path == link)
      #expect(try files.destinationOfSymbolicLink(atPath: link) == file)
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == bytes)
      let rights = try files.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(rights == 0o640)
      #expect(!files.fileExists(atPath: "\(link).arrived"))
    }
  }

  /// Where a device is worth it, images that come at about the same time are mapped together.
  @Test func `says the same of images that are mapped together`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["alone", "together"] { try makeFolder("\(folder)/\(name)") }
      let alone = try await ServiceFixture.service(in: "\(folder)/alone")
      let service = try await ServiceFixture.service(in: "\(folder)/together", together: 3)
      let found = try await withThrowingTaskGroup(of: (Int, StoredInspection).self) { group in
        for seed in 1...10 {
          group.addTask {
            let bytes = try ServiceFixture.image(UInt64(seed), isDefective: seed % 4 == 0)
            return (
              seed, try await service.inspect(Submission(bytes: bytes, name: "a"), by: "part")
            )
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(Set(found.values.map(\.id)) == Set(1...10))
      for (seed, inspection) in found {
        let bytes = try ServiceFixture.image(UInt64(seed), isDefective: seed % 4 == 0)
        let single = try await alone.inspect(Submission(bytes: bytes, name: "a"), by: "part")
        #expect(inspection.record.decision == single.record.decision)
        #expect(abs(inspection.record.score / single.record.score - 1) < 1e-4)
      }
    }
  }

  @Test func `inspects what is sent again under the same key once`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let bytes = try ServiceFixture.image(1)
      let submission = Submission(bytes: bytes, name: "a", key: "k")
      let found = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for _ in 0..<6 { group.addTask { try await service.inspect(submission, by: "part").id } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(found) == [1])
      await #expect(throws: ServiceError.otherImageOfKey("k")) {
        try await service.inspect(
          Submission(bytes: ServiceFixture.image(2), name: "b", key: "k"), by: "part")
      }
      #expect(try await service.history.latest() == 1)
    }
  }

  @Test func `finds what is searched for, page by page`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      var anomalous: [Int64?] = []
      for number in 0..<5 {
        let stored = try await service.inspect(
          Submission(
            bytes: ServiceFixture.image(UInt64(number), isDefective: number == 3),
            name: "100%_\(number)", part: number < 2 ? "x" : nil), by: "part")
        if stored.record.decision == .anomalous { anomalous.insert(stored.id, at: 0) }
      }
      _ = try await service.note(.init(.unsure, note: "look", by: "me"), on: 2)
      #expect(try await service.note(.init(.good), on: 99) == nil)
      let ids = { (change: (inout History.Query) -> Void) in
        var query = History.Query()
        change(&query)
        return try await service.history.inspections(query).map(\.id)
      }
      #expect(try await ids { $0.decision = .anomalous } == anomalous)
      #expect(anomalous.contains(4))
      #expect(try await ids { $0.part = "x" } == [2, 1])
      #expect(try await ids { $0.name = "%_3" } == [4])
      #expect(try await ids { $0.name = "_" }.count == 5)
      #expect(try await ids { $0.label = .given(.unsure) } == [2])
      #expect(try await ids { $0.label = History.Query.Label.none } == [5, 4, 3, 1])
      #expect(try await ids { ($0.limit, $0.before) = (2, 4) } == [3, 2])
      #expect(try await ids { ($0.limit, $0.after) = (2, 1) } == [2, 3])
      #expect(try await ids { $0.model = "other" } == [])
      #expect(try await ids { $0.since = Date(timeIntervalSinceNow: 60) } == [])
      let noted = try await service.history.inspection(2)
      #expect(noted?.feedback?.note == "look" && noted?.feedback?.by == "me")
    }
  }

  @Test func `refuses what is no image, and counts it`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let bytes = try ServiceFixture.image(1)
      for broken in [Data("text".utf8), bytes.prefix(200)] {
        await #expect(throws: ImageFileError.self) {
          try await service.inspect(Submission(bytes: broken, name: "a"), by: "part")
        }
      }
      await #expect(throws: ServiceError.noModel("x", served: ["part"])) {
        try await service.inspect(Submission(bytes: bytes, name: "a"), by: "x")
      }
      #expect(service.counters.values.failed == 2)
      #expect(try await service.history.latest() == 0)
    }
  }

  @Test func `puts a model in the place of another, or leaves it`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let old = try service.model("part")
      await #expect(throws: ServiceError.self) {
        _ = try await service.replace("part", by: Data("broken".utf8))
      }
      #expect(try service.model("part").fingerprint == old.fingerprint)
      let first = try await service.inspect(
        Submission(bytes: ServiceFixture.image(1), name: "a"), by: "part")
      let model = try TrainedModel(contentsOf: old.path)
      let other = try model.leavingOut([model.calibration.images[0].name])
      try other.write(to: "\(folder)/other.students")
      let bytes = try #require(try contents(ofFile: "\(folder)/other.students"))
      let new = try await service.replace("part", by: bytes)
      #expect(new.fingerprint != old.fingerprint && new.path == old.path)
      let second = try await service.inspect(
        Submission(bytes: ServiceFixture.image(1), name: "a"), by: "part")
      #expect(second.record.model == new.fingerprint)
      #expect(try await service.history.inspection(1)?.record.model == first.record.model)
      #expect(try contents(ofFile: old.path) == bytes)
      #expect(try names(inFolder: folder).filter { $0.contains("arrived") }.isEmpty)
    }
  }

  /// Files are not waited for before a verdict is answered: a power cut may leave less of them, or other bytes.
  @Test func `takes a damaged image or map for a deleted one, and keeps it when it comes again`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let bytes = try ServiceFixture.image(1, isDefective: true)
      let inspected = {
        try await service.inspect(Submission(bytes: bytes, name: "a"), by: "part")
      }
      let stored = try await inspected()
      await service.images.sync()
      let digest = try #require(stored.image)
      let files = try names(inFolder: "\(folder)/data/images/\(digest.prefix(2))").map {
        "\(folder)/data/images/\(digest.prefix(2))/\($0)"
      }
      #expect(files.count == 2)
      #expect(try service.images.bytes(of: digest) == bytes)
      let zeros = Data(repeating: 0, count: bytes.count)
      for damaged in [Data(), bytes.prefix(bytes.count / 2), zeros] {
        for file in files { try damaged.write(to: URL(fileURLWithPath: file)) }
        #expect(try service.images.bytes(of: digest) == nil)
        #expect(try await service.heatMap(of: stored) == nil)
        guard damaged.count != bytes.count else { continue }
        _ = try await inspected()
        #expect(try service.images.bytes(of: digest) == bytes)
        #expect(try await service.heatMap(of: stored) != nil)
      }
    }
  }

  @Test func `keeps no history that it cannot read`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/history.sqlite"
      try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: path))
      #expect(throws: HistoryError.self) { try History(path: path) }
    }
  }
}
