import Foundation
import ServingFixture
import TestSupport
import Testing

@testable import Serving

@Suite struct `Images that are not kept for ever` {
  @Test(
    arguments: [
      ("30d", 30 * 86400, nil), ("12h", 43200, nil), ("20GB", nil, 20_000_000_000),
      ("1.5MB,2d", 2 * 86400, 1_500_000),
    ] as [(String, Double?, Int?)])
  func `are told by time and size`(text: String, seconds: Double?, bytes: Int?) throws {
    let retention = try #require(Retention(text))
    #expect(retention.seconds == seconds && retention.bytes == bytes)
    #expect(Retention(retention.description) == retention)
  }

  @Test(arguments: ["", "30", "d", "-1d", "0GB", "1d,", "30 days", "nand", "1e99d"])
  func `are not told by anything else`(text: String) {
    #expect(Retention(text) == nil)
  }

  /// Good ones first, then anomalous ones; never one with feedback, and no image that another shows too.
  @Test func `go oldest first, never one that somebody spoke of`() async throws {
    try await withTemporaryFolder { folder in
      let service = try await ServiceFixture.service(in: folder)
      var stored: [StoredInspection] = []
      for (seed, isDefective) in [(1, true), (2, false), (3, false), (4, false), (2, false)] {
        stored.append(
          try await service.inspect(
            Submission(
              bytes: ServiceFixture.image(UInt64(seed), isDefective: isDefective), name: "\(seed)"),
            by: "part"))
      }
      try #require(stored[0].record.decision == .anomalous)
      let good = stored.dropFirst().filter { $0.record.decision == .good }
      try #require(good.count == 4)
      _ = try await service.note(.init(.unsure), on: 3)
      let kept = {
        try await service.history.inspections(History.Query()).filter { $0.image != nil }.map(\.id)
      }
      let isThere = { (place: Int) in
        try service.images.bytes(of: #require(stored[place].image)) != nil
      }
      let all = try await service.history.keptBytes()
      var retention = Retention()
      retention.bytes = all
      #expect(try await service.prune(retention) == 0)
      // The oldest good one is shown by the last, too: its file goes with that.
      retention.bytes = all - 1
      #expect(try await service.prune(retention) == 2)
      #expect(try await kept() == [5, 3, 1] && isThere(1) && !isThere(3))
      retention.bytes = 1
      try await service.prune(retention)
      #expect(try await kept() == [3] && !isThere(0) && !isThere(1) && isThere(2))
      #expect(
        try await service.heatMap(of: #require(try await service.history.inspection(5))) == nil)
      #expect(
        try await service.heatMap(of: #require(try await service.history.inspection(3))) != nil)
      var byAge = Retention()
      byAge.seconds = 60
      let next = try await service.inspect(
        Submission(bytes: ServiceFixture.image(8), name: "8"), by: "part")
      #expect(try await service.prune(byAge) == 0)
      #expect(try await service.prune(byAge, now: Date(timeIntervalSinceNow: 100)) == 1)
      #expect(try await service.history.inspection(#require(next.id))?.image == nil)
    }
  }
}
