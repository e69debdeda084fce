import AnomalyDetection
import Inspection
import Datasets
import Foundation
import Images
import Randomness
import Testing

@Suite struct `A summary of good images` {
  /// A bright disc on a dark table, its place and the light a little different each time.
  private func frame(_ number: Int, side: Int = 32, disc: Bool = true, light: Double = 1) -> Image {
    var random = SeededGenerator(seed: 4, stream: UInt64(number))
    let level = light * (1 + 0.03 * random.nextNormal())
    let (x, y) = (15.5 + random.nextNormal(), 15.5 + random.nextNormal())
    var pixels: [Float] = []
    for row in 0..<side {
      for column in 0..<side {
        let isDisc = disc && hypot(Double(row) - y, Double(column) - x) < 10
        let value = level * (isDisc ? 0.8 : 0.2) + 0.01 * random.nextNormal()
        pixels += [Float(value), Float(value), Float(value * 0.9)]
      }
    }
    return Image(height: side, width: side, pixels: pixels)
  }

  private func summary(_ numbers: Range<Int> = 0..<20, light: Double = 1) throws -> FrameSummary {
    try FrameSummary(of: ImageCollection(numbers.map { frame($0, light: light) }))
  }

  @Test func `finds good images like themselves`() throws {
    let summary = try summary()
    for number in 100..<200 {
      #expect(try summary.unlikeness(of: frame(number)).isEmpty, "\(number)")
    }
  }

  @Test func `tells an empty scene, a flat one, another light`() throws {
    let summary = try summary()
    #expect(try !summary.unlikeness(of: frame(1, disc: false)).isEmpty)
    #expect(try !summary.unlikeness(of: frame(1, light: 0.4)).isEmpty)
    for level: Float in [0, 0.5, 1] {
      let flat = Image(height: 32, width: 32, pixels: .init(repeating: level, count: 32 * 32 * 3))
      #expect(try !summary.unlikeness(of: flat).isEmpty)
    }
  }

  @Test func `tells another size`() throws {
    let other = try frame(3).resized(height: 30, width: 32)
    let reasons = try summary().unlikeness(of: other)
    #expect(reasons == ["32 × 30 pixels, good images have 32 × 32"])
  }

  @Test func `learns another light, and nothing of what it knows`() throws {
    let summary = try summary()
    let dark = ImageCollection((300..<320).map { frame($0, light: 0.5) })
    let both = try summary.extended(by: dark)
    for number in 400..<420 {
      #expect(try both.unlikeness(of: frame(number, light: 0.5)).isEmpty)
      #expect(try both.unlikeness(of: frame(number)).isEmpty)
    }
    #expect(try summary.extended(by: ImageCollection((0..<20).map { frame($0) })) == summary)
  }

  @Test func `comes back from its JSON`() throws {
    let summary = try summary()
    let read = try JSONDecoder().decode(FrameSummary.self, from: JSONEncoder().encode(summary))
    #expect(read == summary)
  }
}
