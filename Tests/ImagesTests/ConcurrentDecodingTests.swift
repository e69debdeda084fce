import Foundation
import Images
import TestSupport
import Testing

/// Decoders keep nothing from one file to the next; the thread sanitizer runs these tests too.
@Suite struct `Image files at the same time` {
  @Test func `are read, resized and written as one after the other`() async throws {
    let folder = Golden.path("images/kinds")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
      // Large ones tell no more.
      !$0.hasPrefix("turn") && !$0.hasPrefix("large") && Self.isImage($0)
    }
    #expect(names.count > 90)
    try await expectSameTogether(names.count, times: 2) { number in
      let path = "\(folder)/\(names[number])"
      do {
        let image = try Image(contentsOf: path)
        let small = try image.resized(height: 9, width: 7)
        return "\(small.pixels) \(try image.encoded().count) \(image.notes)"
      } catch { return "\(error)" }
    }
  }

  @Test func `are masks as one after the other`() async throws {
    let folder = Golden.path("masks")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
      Self.isImage($0)
    }
    #expect(names.count > 30)
    try await expectSameTogether(names.count, times: 2) { number in
      try Mask(contentsOf: "\(folder)/\(names[number])").isAnomalous
    }
  }

  private static func isImage(_ name: String) -> Bool {
    !name.hasSuffix(".json") && !name.hasSuffix(".py")
  }
}
