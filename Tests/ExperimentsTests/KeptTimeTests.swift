import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments

/// Results of before times had a file of their own.
@Suite struct `Results with times in their cells` {
  private static let folder =
    URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Documentation/Results"

  /// The tables of a file, and those of the same written and read again.
  private func tables<Results: ExperimentResults>(
    _ name: String, _ kind: Results.Type
  ) async throws -> (before: [String], after: [String], text: String, results: Results) {
    let results = try #require(try Results.kept("\(Self.folder)/\(name).json"))
    return try await withTemporaryFolder { folder in
      let path = "\(folder)/r.json"
      try results.write(to: path)
      let again = try #require(try Results.kept(path))
      let text = String(decoding: try #require(try contents(ofFile: path)), as: UTF8.self)
      return (results.tables.map(\.text), again.tables.map(\.text), text, again)
    }
  }

  @Test(arguments: ["mnist", "cifar10"]) func `are gone on with, one class`(name: String)
    async throws
  {
    let found = try await tables(name, OneClassResults.self)
    #expect(found.before == found.after && found.results.cells.count == 60)
    #expect(found.results.cells.allSatisfy { $0.seconds ?? 0 > 0 })
    #expect(!found.text.contains("econds"))
  }

  @Test(arguments: ["mvtec", "students"]) func `are gone on with, MVTec AD`(name: String)
    async throws
  {
    let found = try await tables(name, MVTecResults.self)
    #expect(found.before == found.after && !found.text.contains("econds"))
    // The mean of minutes, from the file as it is.
    let data = try #require(try contents(ofFile: "\(Self.folder)/\(name).json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let cells = try #require(object["cells"] as? [[String: Any]])
    let widest = cells.filter { ($0["scales"] as? [Int])?.count == (name == "mvtec" ? 3 : 1) }
      .filter { ($0["students"] as? Int) == (name == "mvtec" ? 3 : 5) }
    let minutes = slowMean(widest.compactMap { $0["trainingSeconds"] as? Double }) / 60
    let line = try #require(
      found.results.timeTable.text.split(separator: "\n").first { $0.hasPrefix("student-teacher") })
    #expect(line.contains(String(format: " %.1f ", minutes)), "\(line)")
  }

  /// Times are of no harm to results.
  @Test(arguments: ["", "{", "[1]", "{\"knn, 0\": {\"seconds\": \"long\"}}"])
  func `are read without what is damaged`(times: String) async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/r.json"
      let results = try #require(try OneClassResults.kept("\(Self.folder)/mnist.json"))
      try results.write(to: path)
      try AtomicFile.write(Data(times.utf8), to: "\(path).times")
      let again = try #require(try OneClassResults.kept(path))
      #expect(again.cells == results.withoutTimes.cells)
    }
  }
}
