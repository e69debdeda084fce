import AnomalyDetection
import Datasets
import Images
import Networks
import Tensors
import Testing

@testable import StudentTeacher

/// Images of 70 × 61 pixels, which are four parts; the two upper parts are ignored, and flat.
@Suite(.serialized) struct `Ignored pixels of good images` {
  private let isIgnored = (0..<70 * 61).map { $0 / 61 < 50 }
  private let images: [Image]

  init() throws {
    let isIgnored = isIgnored
    images = try (0..<2).map { number in
      var pixels = try Tensor.uniform(shape: [70, 61, 3], seed: UInt64(5 + number)).scalars()
      for pixel in isIgnored.indices where isIgnored[pixel] {
        for channel in 0..<3 { pixels[3 * pixel + channel] = 0.9 }
      }
      return Image(height: 70, width: 61, pixels: pixels, isIgnored: isIgnored)
    }
  }

  private func raw(_ scale: FittedScale, _ image: Image) throws -> [Evidence.Component] {
    try StudentTeacherDetector(scales: [scale], normalizations: [.none], padding: .reflection)
      .placed(for: Execution(density: .strided)).evidence(of: [image]) { _, _ in }[0].components
  }

  @Test func `normalise no scores, and screen no part`() async throws {
    let scales = try [ReceptiveField.p17, .p33].map { try scale($0, students: 2) }
    let detector = try await StudentTeacherDetector.normalized(
      scales, density: .screen, padding: .reflection, on: ImageCollection(images), settings: "",
      run: TrainingRun())
    for (scale, normalization) in zip(scales, detector.normalizations) {
      for (number, moments) in [normalization.error, normalization.uncertainty].enumerated() {
        var values: [Double] = []
        for image in images {
          let scores = try raw(scale, image)[number].scores
          for pixel in isIgnored.indices where !isIgnored[pixel] {
            values.append(Double(scores[pixel]))
          }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(abs(moments.mean - mean) < 1e-4 * abs(mean))
        let deviation = (squares / Double(values.count)).squareRoot()
        #expect(abs(moments.deviation - deviation) < 1e-4 * deviation)
      }
    }
    let level = try #require(detector.screening).level
    let cheap = try #require(detector.keeping([.p33]))
    var peaks: [Double] = []
    for image in images {
      let scores = try cheap.map(image, .strided).scores
      for part in Screening.parts(height: 70, width: 61) {
        var peak = -Double.infinity
        for row in part.row..<part.row + part.height {
          for pixel in row * 61 + part.column..<row * 61 + part.column + part.width
          where !isIgnored[pixel] {
            peak = max(peak, Double(scores[pixel]))
          }
        }
        if peak > -.infinity { peaks.append(peak) }
      }
    }
    peaks.sort()
    #expect(peaks.count == 4, "two parts of each image are ignored altogether")
    #expect(abs(level - peaks[min(peaks.count - 1, Int(0.8 * Double(peaks.count)))]) < 1e-3)
  }

  /// What is ignored alone is suspicious: the expensive receptive field has nothing to look at.
  @Test func `are no reason to look closer`() throws {
    var normalization = ScoreNormalization()
    normalization.error.add([100, 140])
    normalization.uncertainty.add([3, 5])
    let scales = try [ReceptiveField.p17, .p33].map { try scale($0, students: 2) }
    // Colours where nobody looks, and little of them elsewhere.
    var pixels = try Tensor.uniform(shape: [70, 61, 3], seed: 5).scalars()
    for pixel in isIgnored.indices where !isIgnored[pixel] {
      for channel in 0..<3 { pixels[3 * pixel + channel] = 0.9 }
    }
    let image = Image(height: 70, width: 61, pixels: pixels, isIgnored: isIgnored)
    let cheap = StudentTeacherDetector(
      scales: [scales[1]], normalizations: [normalization], padding: .reflection)
    let seen = try cheap.map(image, .strided).scores
    let highest = isIgnored.indices.reduce(-Float.infinity) {
      isIgnored[$1] ? $0 : max($0, seen[$1])
    }
    #expect(try #require(seen.max()) > highest + 0.1, "what is ignored scores higher")
    let detector = StudentTeacherDetector(
      scales: scales, normalizations: [normalization, normalization], padding: .reflection,
      screening: Screening(level: Double(highest) + 0.1))
    let known = try detector.placed(for: Execution(density: .screen))
      .evidence(of: [image]) { _, _ in }[0].components.filter { $0.receptiveField == .p17 }
    #expect(known.count == 2 && known.allSatisfy { $0.isKnown?.contains(true) == false })
  }
}
