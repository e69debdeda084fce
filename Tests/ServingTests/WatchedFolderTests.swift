import Files
import Foundation
import ServingFixture
import TestSupport
import Synchronization
import Testing
import UninformedStudents

@testable import Serving

@Suite struct `A watched folder` {
  private final class Complaints: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private func watching(
    _ folder: WatchedFolder, _ service: InspectionService, _ complaints: Complaints,
    _ body: () async throws -> Void
  ) async throws {
    let task = Task { try await folder.run(service) { complaints.add($0) } }
    try await body()
    task.cancel()
    _ = await task.result
  }

  private func inspected(_ count: Int, by service: InspectionService) async throws -> [String] {
    var found: [String] = []
    _ = try await comesTrue {
      found = try await service.history.inspections(History.Query()).map(\.record.image).sorted()
      return found.count >= count
    }
    return found
  }

  @Test func `takes each whole image once, also after a restart`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let incoming = "\(folder)/in"
      try makeFolder(incoming)
      let complaints = Complaints()
      let write = { (name: String, bytes: Data) in
        try bytes.write(to: URL(fileURLWithPath: "\(incoming)/\(name)"))
      }
      // There before the watch began.
      try write("old.png", ServiceFixture.image(1))
      let watched = WatchedFolder(incoming, for: "part")
      try await watching(watched, service, complaints) {
        #expect(try await inspected(1, by: service) == ["old.png"])
        // Half of an image, whose writer takes a rest.
        let bytes = try ServiceFixture.image(2)
        let file = FileHandle(
          fileDescriptor: open("\(incoming)/slow.png", O_WRONLY | O_CREAT, 0o644))
        try file.write(contentsOf: bytes.prefix(200))
        try write("moved.tmp", ServiceFixture.image(3))
        try FileManager.default.moveItem(
          atPath: "\(incoming)/moved.tmp", toPath: "\(incoming)/moved.png")
        try write("broken.png", Data("no image".utf8))
        try write(".hidden.png", ServiceFixture.image(4))
        try await Task.sleep(for: .seconds(4))
        let before = try await inspected(2, by: service)
        #expect(!before.contains("slow.png") && before.contains("moved.png"))
        try file.write(contentsOf: bytes.dropFirst(200))
        try file.close()
        #expect(try await inspected(before.count + 1, by: service).contains("slow.png"))
      }
      let told = complaints.all.filter { $0.contains("broken.png") }
      #expect(told.count == 1 && complaints.all.count == 1, "\(complaints.all)")
      let count = try await service.history.latest()
      try await watching(watched, service, complaints) {
        try await Task.sleep(for: .seconds(4))
        #expect(try await service.history.latest() == count)
        // The same name, another image.
        try write("old.png", ServiceFixture.image(9))
        #expect(
          try await inspected(Int(count) + 1, by: service).filter { $0 == "old.png" }.count == 2)
      }
    }
  }

  @Test func `moves images with their verdicts`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      var watched = WatchedFolder("\(folder)/in", for: "part")
      watched.doneFolder = "\(folder)/done"
      watched.writesRecords = true
      let complaints = Complaints()
      try await watching(watched, service, complaints) {
        try await Task.sleep(for: .milliseconds(200))
        let bytes = try ServiceFixture.image(5, isDefective: true)
        try bytes.write(to: URL(fileURLWithPath: "\(folder)/in/a.png"))
        #expect(try await comesTrue { try fileExists("\(folder)/done/a.png") })
        let record = try JSONDecoder().decode(
          InspectionRecord.self, from: #require(try contents(ofFile: "\(folder)/done/a.png.json")))
        #expect(record.decision == .anomalous && record.image == "a.png")
        #expect(try contents(ofFile: "\(folder)/done/a.png") == bytes)
        #expect(try names(inFolder: "\(folder)/in").isEmpty)
        // A camera that counts from the start again overwrites nothing.
        let other = try ServiceFixture.image(6)
        try other.write(to: URL(fileURLWithPath: "\(folder)/in/a.png"))
        #expect(try await comesTrue { try fileExists("\(folder)/done/a-2.png") })
        #expect(try contents(ofFile: "\(folder)/done/a.png") == bytes)
        #expect(try contents(ofFile: "\(folder)/done/a-2.png") == other)
        #expect(try fileExists("\(folder)/done/a-2.png.json"))
      }
      #expect(complaints.all.isEmpty)
    }
  }
}
