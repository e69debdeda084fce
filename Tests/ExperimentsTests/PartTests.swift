import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments

/// Tables whose cells are made up: what is joined does not depend on how it was filled.
@Suite struct `Tables in parts` {
  private func part(_ number: Int, of count: Int = 3) throws -> WorkPart {
    try #require(WorkPart("\(number)/\(count)"))
  }

  /// Cells of two methods and five classes, with times.
  private var whole: OneClassResults {
    let cells = [MethodEntry.knn, .kmeans].enumerated().flatMap { row, method in
      (0..<5).map { number in
        OneClassResults.Cell(
          method: method, name: "\(number)", rocAUC: 1 / Double(2 + row + number),
          seconds: Double(number) / 3)
      }
    }
    var results = OneClassResults(
      configuration: .init(
        dataset: .mnist, pictures: "p", trainLimit: nil, testLimit: 7, students: .init(),
        ocgan: .init(.fast), seed: .max), device: .cpu)
    results.describer = "d"
    for cell in cells.reversed() { results.fill(cell) }
    return results
  }

  private func planned(_ results: OneClassResults) -> [PlannedCells] {
    results.cells.map { PlannedCells(cells: [$0.place.description]) }
  }

  /// What the worker of a part keeps.
  private func kept(
    _ part: WorkPart, of whole: OneClassResults
  ) -> ResultsPart<OneClassResults> {
    var own = whole
    own.cells = whole.cells.enumerated().filter { part.takes(place: $0.offset) }.map(\.element)
    return ResultsPart(part: part.description, plan: planned(whole), results: own)
  }

  /// Writes all parts of an output, changed on the way.
  private func write(
    _ output: String, count: Int = 3,
    _ change: (WorkPart, inout ResultsPart<OneClassResults>) throws -> Void = { _, _ in }
  ) throws {
    for number in 1...count {
      let part = try part(number, of: count)
      var own = kept(part, of: whole)
      try change(part, &own)
      try own.write(to: part.path(of: output, ending: "json"))
    }
  }

  @Test(arguments: 1...12) func `plan every cell once`(count: Int) throws {
    let plan = (0..<7).map { PlannedCells(cells: ["\($0) a", "\($0) b"]) }
    let parts = try (1...count).map { plan.cells(of: try part($0, of: count)) }
    #expect(parts.flatMap(\.self).sorted() == plan.flatMap(\.cells).sorted())
    #expect(parts.map(\.count).allSatisfy { abs($0 - 14 / count) <= 2 })
  }

  @Test(arguments: [1, 3, 10, 12]) func `join to what one run writes`(count: Int) async throws {
    try await withTemporaryFolder { folder in
      let (one, output) = ("\(folder)/one.json", "\(folder)/t.json")
      try whole.write(to: one)
      try write(output, count: count)
      let joined = try JoinedTable(partsOf: output)
      try joined.writeResults()
      #expect(joined.cells == 10 && joined.parts == count && !joined.hasFailures)
      #expect(joined.tables.map(\.text) == [whole.table.text])
      #expect(try contents(ofFile: output) == contents(ofFile: one))
      // Of the times, too, since these are made up.
      #expect(try contents(ofFile: "\(output).times") == contents(ofFile: "\(one).times"))
      #expect(try whole.goingOn(output) == whole)
    }
  }

  @Test func `are refused where they are of different work`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/t.json"
      #expect(throws: PartError.none(output)) { try JoinedTable(partsOf: output) }
      let path = try part(2).path(of: output, ending: "json")
      try write(output) { part, own in if part.number == 2 { own.results.threads += 3 } }
      let threads = ["threads: \(whole.threads + 3), not \(whole.threads)"]
      #expect(throws: PartError.mixed(path, try part(2), threads)) {
        try JoinedTable(partsOf: output)
      }
      try write(output) { part, own in if part.number == 2 { own.results.describer = "other" } }
      #expect(
        throws: PartError.mixed(path, try part(2), ["teacher of other methods: other, not d"])
      ) { try JoinedTable(partsOf: output) }
      try write(output) { part, own in
        guard part.number == 2 else { return }
        own = ResultsPart(part: own.part, plan: own.plan.reversed(), results: own.results)
      }
      #expect(throws: PartError.mixed(path, try part(2), ["the cells of the table"])) {
        try JoinedTable(partsOf: output)
      }
      // The same cells by other settings.
      try write(output) { part, own in
        guard part.number == 2 else { return }
        let plan = own.plan.map { PlannedCells(cells: $0.cells, settings: "other") }
        own = ResultsPart(part: own.part, plan: plan, results: own.results)
      }
      #expect(throws: PartError.mixed(path, try part(2), ["the settings of a method"])) {
        try JoinedTable(partsOf: output)
      }
    }
  }

  @Test func `are refused where a cell is missing, there twice, or of another part`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/t.json"
      let path = try part(3).path(of: output, ending: "json")
      try write(output) { part, own in if part.number == 3 { own.results.cells.removeLast() } }
      let unfinished = PartError.unfinished(path, try part(3), 1)
      #expect(throws: unfinished) { try JoinedTable(partsOf: output) }
      #expect(unfinished.description.contains("1 cell is not filled; start part 3/3 again"))
      for (number, name) in [(2, "knn, 2"), (0, "knn, 0")] {
        try write(output) { part, own in
          if part.number == 3 { own.results.cells.append(whole.cells[number]) }
        }
        #expect(throws: PartError.foreignCell(path, try part(3), name)) {
          try JoinedTable(partsOf: output)
        }
      }
      // In two parts by a plan that no worker makes.
      try write(output) { part, own in
        let plan = own.plan.map { $0.cells == ["knn, 1"] ? own.plan[0] : $0 }
        if part.number == 2 { own.results.cells[0] = whole.cells[0] }
        own = ResultsPart(part: own.part, plan: plan, results: own.results)
      }
      #expect(throws: PartError.damaged(try part(1).path(of: output, ending: "json"), try part(1)))
      { try JoinedTable(partsOf: output) }
      try write(output)
      try FileManager.default.removeItem(atPath: path)
      let missing = PartError.missing([try part(3)], of: output)
      #expect(throws: missing) { try JoinedTable(partsOf: output) }
      #expect(missing.description.hasSuffix("start 3/3"))
      try FileManager.default.copyItem(
        atPath: part(1).path(of: output, ending: "json"), toPath: path)
      #expect(throws: PartError.damaged(path, try part(3))) { try JoinedTable(partsOf: output) }
      try write(output)
      try AtomicFile.write(Data(), to: part(1, of: 4).path(of: output, ending: "json"))
      #expect(throws: PartError.self) { try JoinedTable(partsOf: output) }
    }
  }

  @Test(arguments: [1, 2]) func `are refused where a file is cut or no JSON`(number: Int)
    async throws
  {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/t.json"
      try write(output)
      let part = try part(number)
      let path = part.path(of: output, ending: "json")
      let text = try #require(try contents(ofFile: path))
      // Without its last bytes, a newline, it is whole.
      for length in stride(from: 0, to: text.count - 1, by: 37) {
        try text.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: PartError.damaged(path, part)) { try JoinedTable(partsOf: output) }
      }
      try Data("[]".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: PartError.damaged(path, part)) { try JoinedTable(partsOf: output) }
    }
  }

  /// One machine goes on with what is there, too.
  @Test func `leave cells of other methods in their table`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/t.json"
      var before = whole
      before.cells = [
        .init(method: .vae, name: "0", rocAUC: 0.5), .init(method: .knn, name: "0", rocAUC: 0.25),
      ]
      try before.write(to: output)
      try write(output)
      try JoinedTable(partsOf: output).writeResults()
      let after = try #require(try OneClassResults.kept(output))
      #expect(after.cells.count == 11 && after.cell(.init(method: .vae), "0")?.rocAUC == 0.5)
      #expect(after.cell(.init(method: .knn), "0")?.rocAUC == 0.5, "filled by a part")
      before.libtorch = "0"
      try before.write(to: output)
      #expect(throws: PartError.otherTable(output)) { try JoinedTable(partsOf: output) }
      try AtomicFile.write(Data("{}".utf8), to: output)
      #expect(throws: ExperimentError.foreignResults(output)) { try JoinedTable(partsOf: output) }
    }
  }

  @Test func `are of the same images in each category`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/t.json"
      let methods = [MethodEntry.ssimAE, .anogan]
      let write = { (images: [String]) in
        for (number, method) in methods.enumerated() {
          var results = MVTecResults(
            configuration: .init(students: 1, recipe: .fast, epochs: nil, imageSide: 64, seed: 1),
            device: .cpu)
          var cell = MVTecResults.Cell(category: "c", method: method, scales: [], error: "no")
          cell.images = images[number]
          results.fill(cell)
          let part = try part(number + 1, of: 2)
          let plan = methods.map { PlannedCells(cells: ["c, \($0.name)"], settings: "s") }
          try ResultsPart(part: part.description, plan: plan, results: results)
            .write(to: part.path(of: output, ending: "json"))
        }
      }
      try write(["a", "a"])
      let joined = try JoinedTable(partsOf: output)
      #expect(joined.hasFailures && joined.tables[0].text.contains("failed"))
      try write(["a", "b"])
      #expect(throws: PartError.self) { try JoinedTable(partsOf: output) }
    }
  }
}
