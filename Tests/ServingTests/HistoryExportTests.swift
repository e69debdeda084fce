import Files
import Foundation
import ServingFixture
import TestSupport
import Testing
import UninformedStudents

@testable import Serving

@Suite struct `An export of the history` {
  @Test func `has every inspection once, and images by what was said`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      let names = ["a,\"b\".png", "../c", "d.png", "e"]
      for (number, name) in names.enumerated() {
        _ = try await service.inspect(
          Submission(bytes: ServiceFixture.image(UInt64(number) + 1), name: name), by: "part")
      }
      _ = try await service.note(.init(.good, note: "two\nlines"), on: 1)
      _ = try await service.note(.init(.defect), on: 2)
      _ = try await service.note(.init(.good), on: 3)
      let export = try HistoryExport(folder: "\(folder)/data")
      let lines = { (form: HistoryExport.Form) in
        var lines: [String] = []
        try await export.lines(History.Query(), as: form) { lines.append($0) }
        return lines
      }
      let rows = try await lines(.csv)
      #expect(rows.count == 5 && rows[0].hasPrefix("id,time,model"))
      #expect(rows[1].hasPrefix("1,") && rows[1].contains("\"a,\"\"b\"\".png\""))
      #expect(rows[1].hasSuffix("good,\"two\nlines\","))
      let ids = try await lines(.json).map {
        try (JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["id"] as? Int
      }
      #expect(ids == [1, 2, 3, 4])
      // Twice: what is there stays.
      for _ in 0..<2 {
        let (copied, missing) = try await export.copyImages(History.Query(), to: "\(folder)/out")
        #expect(copied == ["good": 2, "defect": 1] && missing == 0)
      }
      let good = try ImageFolder("\(folder)/out/good")
      #expect(good.paths.map { SystemPath.name($0) } == ["part-1-a__b_.png", "part-3-d.png"])
      #expect(try contents(ofFile: good.paths[0]) == ServiceFixture.image(1))
      #expect(try Files.names(inFolder: "\(folder)/out/defect") == ["part-2-c.png"])
    }
  }

  @Test func `needs a history`() async throws {
    try await withTemporaryFolder { folder in
      #expect(throws: HistoryError.self) { try HistoryExport(folder: folder) }
    }
  }
}
