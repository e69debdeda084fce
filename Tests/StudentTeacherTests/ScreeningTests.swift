import AnomalyDetection
import Datasets
import Images
import ModelFiles
import Networks
import Tensors
import Testing

@testable import StudentTeacher

/// Scores are about a hundred here; parts fall into other tiles than a whole image, whose sums are
/// rounded otherwise.
private let rounding: Float = 1e-2

/// Images of 70 × 61 pixels, which are four parts, and random networks.
@Suite(.serialized) struct `Screened maps` {
  private let image: Image
  private let normalizations: [ScoreNormalization]

  init() throws {
    let pixels = try Tensor.uniform(shape: [70, 61, 3], seed: 5).scalars()
    image = Image(height: 70, width: 61, pixels: pixels)
    var normalization = ScoreNormalization()
    normalization.error.add([100, 140])
    normalization.uncertainty.add([3, 5])
    normalizations = [normalization, normalization]
  }

  private func map(
    _ density: Density, _ fields: [ReceptiveField] = [.p17, .p33], level: Double? = nil
  ) throws -> AnomalyMap {
    try StudentTeacherDetector(
      scales: fields.map { try scale($0, students: 2) },
      normalizations: Array(normalizations.prefix(fields.count)), padding: .reflection,
      screening: level.map { Screening(level: $0) }
    ).map(image, density)
  }

  @Test func `looks everywhere where all seems suspicious`() throws {
    let all = try map(.screen, level: -.greatestFiniteMagnitude)
    let strided = try map(.strided)
    for (screened, expected) in zip(all.scores, strided.scores) {
      #expect(abs(screened - expected) < rounding)
    }
  }

  @Test func `takes the expensive score for ordinary where nothing seems suspicious`() throws {
    let none = try map(.screen, level: .greatestFiniteMagnitude)
    let cheap = try map(.strided, [.p33])
    for (screened, alone) in zip(none.scores, cheap.scores) {
      #expect(abs(screened - alone / 2) < rounding)
    }
  }

  /// A level below one part's peak, and above those of the others.
  @Test func `looks where the cheap scale sees most, and only there`() throws {
    let cheap = try map(.strided, [.p33])
    let strided = try map(.strided)
    let parts = Screening.parts(height: 70, width: 61)
    let peaks = parts.map { part in
      (part.row..<part.row + part.height).flatMap { row in
        (part.column..<part.column + part.width).map { cheap.scores[row * 61 + $0] }
      }.max() ?? 0
    }
    // Parts overlap, so that several may share the highest peak.
    let highest = try #require(peaks.max())
    let level = Double(highest - rounding)
    let screened = try map(.screen, level: level)
    let inside = { (row: Int, column: Int) in
      zip(parts, peaks).contains { part, peak in
        Double(peak) > level && (part.row..<part.row + part.height).contains(row)
          && (part.column..<part.column + part.width).contains(column)
      }
    }
    var counts = [0, 0]
    for row in 0..<70 {
      for column in 0..<61 {
        let pixel = row * 61 + column
        let looks = inside(row, column)
        counts[looks ? 1 : 0] += 1
        let expected = looks ? strided.scores[pixel] : cheap.scores[pixel] / 2
        #expect(abs(screened.scores[pixel] - expected) < rounding, "row \(row), column \(column)")
      }
    }
    #expect(counts.min() ?? 0 > 0)
  }

  @Test func `leaves out four of five parts of good images`() {
    let level = Screening(peaks: (0..<100).map(Double.init).shuffled()).level
    #expect((0..<100).filter { Double($0) > level }.count == 19)
  }

  @Test func `has parts that cover images of any size`() {
    for (height, width) in [(1, 1), (45, 46), (256, 256), (70, 30)] {
      let parts = Screening.parts(height: height, width: width)
      var seen = Set<Int>()
      for part in parts {
        #expect((part.height, part.width) == (parts[0].height, parts[0].width))
        #expect(part.row + part.height <= height && part.column + part.width <= width)
        for row in part.row..<part.row + part.height {
          for column in part.column..<part.column + part.width { seen.insert(row * width + column) }
        }
      }
      #expect(seen.count == height * width)
    }
  }

  @Test func `learns its level and keeps it in the model`() async throws {
    var method = StudentTeacherMethod()
    (method.scales, method.density, method.students) = ([.p17, .p33], .screen, 2)
    (method.epochs, method.batch) = (1, 1)
    let training = ImageCollection([image, image])
    let teachers = try method.scales.map { ($0, try PatchDescriptor($0, seed: 1)) }
    let detector = try await method.fit(
      training, run: TrainingRun(teachers: Dictionary(teachers) { first, _ in first }))
    let screening = try #require(detector.screening)
    var file = ModelFile(method: StudentTeacherDetector.method)
    try detector.write(to: &file)
    let again = try StudentTeacherDetector(from: file)
    #expect(again.screening == screening)
    #expect(try again.map(image, .screen) == detector.map(image, .screen))
    // One scale alone has nothing to be screened by.
    #expect(detector.keeping([.p17])?.screening == nil)
  }
}

/// What a graphics card does with several images at a time, done by the processor.
@Suite(.serialized) struct `Maps of several images together` {
  @Test(arguments: Density.allCases) func `are those of each alone`(density: Density) throws {
    var normalization = ScoreNormalization()
    normalization.error.add([100, 140])
    normalization.uncertainty.add([3, 5])
    let fields: [ReceptiveField] = [.p17, .p33, .p65]
    // Darker and darker, so that other parts of each seem suspicious.
    let images = try (0..<3).map { number in
      let pixels =
        try Tensor.uniform(shape: [70, 61, 3], seed: UInt64(5 + number))
        * (1 - 0.2 * Double(number))
      return Image(height: 70, width: 61, pixels: try pixels.scalars())
    }
    let detector = { (level: Double?) in
      try StudentTeacherDetector(
        scales: fields.map { try scale($0, students: 2) },
        normalizations: fields.map { _ in normalization }, padding: .reflection,
        screening: level.map { Screening(level: $0) })
    }
    // Of all parts, half are looked at.
    var level: Double?
    if density == .screen {
      let cheap = try #require(try detector(nil).keeping([.p33, .p65]))
      let peaks = try images.flatMap { image in
        let sums = try cheap.map(image).scores.map { 2 * $0 }
        return Screening.parts(height: 70, width: 61).map {
          Screening.peak(of: $0, in: sums, width: 61)
        }
      }.sorted()
      level = Double(peaks[5] + peaks[6]) / 2
    }
    let mapped = try detector(level)
    let placed = try mapped.placed(for: Execution(density: density))
    let maps = { (images: [Image]) in
      try placed.evidence(of: images) { _, _ in }.map(\.map)
    }
    let together = try maps(images)
    #expect(together.count == 3)
    for (image, map) in zip(images, together) {
      let alone = try mapped.map(image, density)
      #expect((map.height, map.width) == (70, 61))
      #expect(zip(map.scores, alone.scores).allSatisfy { abs($0 - $1) < rounding })
    }
    #expect(try maps([]).isEmpty)
    #expect(throws: TensorError.self) {
      try maps([images[0], images[1].resized(height: 71, width: 61)])
    }
  }
}
