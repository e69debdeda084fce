import Datasets
import Evaluation
import Images
import Randomness
import Tensors
import TestSupport
import Testing

@testable import AnomalyDetection
@testable import Inspection

/// Images of 32 × 24 pixels; what is ignored is their upper left, 12 × 9 of them.
@Suite struct `Ignored pixels` {
  private let mask = Mask(
    height: 24, width: 32, isAnomalous: (0..<24 * 32).map { $0 / 32 < 9 && $0 % 32 < 12 })

  /// A dark image; the ignored part has colours of its own.
  private func image(_ seed: UInt64, wild: Bool, bright: Bool = false) -> Image {
    var random = SeededGenerator(seed: wild ? seed : 0, stream: 9)
    var pixels = colored(height: 24, width: 32, seed: seed).pixels.map { 0.2 * $0 }
    for pixel in 0..<24 * 32 where mask.isAnomalous[pixel] {
      for channel in 0..<3 {
        pixels[3 * pixel + channel] = bright ? 1 : Float.random(in: 0...1, using: &random)
      }
    }
    return Image(height: 24, width: 32, pixels: pixels)
  }

  private func framing(_ fit: Framing.Fit, side: Int = 16, region: Rectangle? = nil) throws
    -> Framing
  {
    try Framing(side: side, fit: fit, region: region).ignoring(
      mask, of: image(0, wild: false), named: "mask")
  }

  /// Not even the weights of resizing bring anything of them into the square, larger or smaller.
  @Test(arguments: Framing.Fit.allCases)
  func `are not seen at all`(fit: Framing.Fit) throws {
    for side in [5, 16, 24, 31, 32, 70] {
      for region in [nil, Rectangle(x: 3, y: 2, width: 21, height: 19)] {
        let framing = try framing(fit, side: side, region: region)
        let plain = Framing(side: side, fit: fit, region: region)
        let images = (1...3).map { image(7, wild: $0 > 1, bright: $0 == 3) }
        let framed = try images.map { try framing.framed($0) }
        #expect(framed[0].pixels == framed[1].pixels && framed[1].pixels == framed[2].pixels)
        #expect(try plain.framed(images[0]).pixels != plain.framed(images[2]).pixels)
        // What is not ignored is what it was.
        let before = try plain.framed(images[0]).pixels
        let isIgnored = try #require(framed[0].isIgnored)
        for pixel in isIgnored.indices where !isIgnored[pixel] {
          #expect(framed[0].pixels[3 * pixel] == before[3 * pixel])
        }
        #expect(isIgnored.contains(true) && isIgnored.contains(false))
      }
    }
  }

  @Test func `take the colours of the nearest ones that are not`() throws {
    let framing = try framing(.squash, side: 24)
    let framed = try framing.framed(image(3, wild: true))
    let isIgnored = try #require(framed.isIgnored)
    let kept = isIgnored.indices.filter { !isIgnored[$0] }
    for pixel in isIgnored.indices where isIgnored[pixel] {
      let steps = { (other: Int) in abs(other / 24 - pixel / 24) + abs(other % 24 - pixel % 24) }
      let least = try #require(kept.map(steps).min())
      let colors = kept.filter { steps($0) == least }.map { framed.pixels[3 * $0..<3 * $0 + 3] }
      #expect(colors.contains(framed.pixels[3 * pixel..<3 * pixel + 3]))
    }
  }

  private func train(_ framing: Framing, wild: Bool) async throws -> TrainedModel {
    let images = (1...12).map { image($0, wild: wild, bright: wild && $0 % 3 == 0) }
    return try await TrainedModel.train(
      BrightPixels(isBlotted: true), on: ImageCollection(images), framing: framing,
      calibration: .cross(folds: 3),
      run: TrainingRun())
  }

  /// The detector itself calls the ignored pixels anomalous, so that whoever forgets the mask counts them.
  @Test(arguments: Framing.Fit.allCases)
  func `never decide, in training, calibration and inspection`(fit: Framing.Fit) async throws {
    let framing = try framing(fit)
    let (calm, wild) = (
      try await train(framing, wild: false), try await train(framing, wild: true)
    )
    #expect(calm.calibration == wild.calibration && calm.frames == wild.frames)
    #expect(try #require(wild.calibration.scores.last) < 0.21, "the upper left scores 50")
    #expect(wild.calibration.ordinaryScore < 0.2)
    let all = try await train(Framing(side: 16, fit: fit), wild: true)
    #expect(all.calibration.images[0].peak == 50)

    let more = ImageCollection((20...30).map { image($0, wild: true, bright: true) })
    let calibrated = try await wild.calibrated(on: more, run: TrainingRun())
    #expect(try #require(calibrated.calibration.scores.last) < 0.21)

    // A defect under the mask is none; the same beside it is one, and is found where it is.
    let inspector = try await wild.inspector()
    let good = image(3, wild: false, bright: true)
    let hidden = try await inspector.inspect(good)
    #expect(!hidden.isAnomalous && hidden.regions.isEmpty && hidden.unlike.isEmpty)
    #expect(hidden.map.decidingScores.contains(-.infinity) && hidden.map.isFinite)
    var pixels = good.pixels
    for row in 14..<18 {
      for column in 14..<18 { pixels[3 * (row * 32 + column)] = 1 }
    }
    let shown = try await inspector.inspect(Image(height: 24, width: 32, pixels: pixels))
    #expect(shown.isAnomalous && shown.regions.count == 1)
    let region = try #require(shown.regions.first)
    #expect((region.x...region.x + region.width).contains(16))
    #expect((region.y...region.y + region.height).contains(16))
    let share = try #require(shown.ignoredShare)
    let part = shown.placement.part
    let marked = Double(try #require(shown.map.isIgnored).count) * share
    #expect(marked > 0 && share < Double(12 * 9) / Double(part.width * part.height) + 0.2)
  }

  /// Even where all that decides is far above the threshold.
  @Test(arguments: Framing.Fit.allCases)
  func `keep their own colours in heat maps`(fit: Framing.Fit) async throws {
    let region = Rectangle(x: 3, y: 0, width: 21, height: 24)
    let model = try await train(framing(fit, region: region), wild: false)
    let inspector = try await model.inspector()
    let hot = Image(height: 24, width: 32, pixels: .init(repeating: 1, count: 24 * 32 * 3))
    let verdict = try await inspector.inspect(hot)
    #expect(verdict.isAnomalous)
    let shown = try inspector.heatMap(of: hot, verdict)
    let part = verdict.placement.part
    var painted = 0
    for row in 0..<24 {
      for column in 0..<32 {
        let isWhite =
          shown.pixels[3 * (row * 32 + column)..<3 * (row * 32 + column) + 3] == [1, 1, 1]
        let isSeen =
          (part.x..<part.x + part.width).contains(column)
          && (part.y..<part.y + part.height).contains(row)
        if !isSeen || mask.isAnomalous[row * 32 + column] { #expect(isWhite, "\(row), \(column)") }
        painted += isWhite ? 0 : 1
      }
    }
    #expect(painted > 100)
    let record = InspectionRecord(verdict, of: hot, named: "hot", model: "")
    #expect(record.lookedAt == part && record.ignored == verdict.ignoredShare)
  }

  @Test func `are refused where nothing or everything is marked, and for other images`() throws {
    let image = image(0, wild: false)
    let marks = { (isMarked: Bool) in
      Mask(height: 24, width: 32, isAnomalous: .init(repeating: isMarked, count: 24 * 32))
    }
    for fit in Framing.Fit.allCases {
      let framing = Framing(side: 16, fit: fit)
      #expect(throws: FramingError.marksNothing("m")) {
        try framing.ignoring(marks(false), of: image, named: "m")
      }
      #expect(throws: FramingError.marksEverything("m")) {
        try framing.ignoring(marks(true), of: image, named: "m")
      }
      let elsewhere = Framing(
        side: 16, fit: fit, region: Rectangle(x: 20, y: 12, width: 10, height: 12))
      #expect(throws: FramingError.marksNothing("m")) {
        try elsewhere.ignoring(mask, of: image, named: "m")
      }
      let ignoring = try framing.ignoring(mask, of: image, named: "m")
      _ = try ignoring.framed(colored(height: 48, width: 64))
      #expect(throws: FramingError.otherShape("n", height: 32, width: 32, than: 24, 32)) {
        try ignoring.framed(colored(height: 32, width: 32), named: "n")
      }
    }
    // A region has its place in pixels.
    let cut = try framing(.squash, region: Rectangle(x: 0, y: 0, width: 20, height: 20))
    #expect(throws: FramingError.self) { try cut.framed(colored(height: 48, width: 64)) }
  }
}
