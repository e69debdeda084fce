import Datasets
import Images
import ModelFiles
import Networks
import Synchronization
import Tensors
import Testing

@testable import AnomalyDetection
@testable import Inspection

/// Bright pixels are anomalous, and three images are worth mapping together.
private struct BrightnessDetector: AnomalyDetector {
  static let method = "brightness"
  /// How many images were mapped together, time after time.
  let groups: Groups
  /// The most images that there is memory for.
  let most: Int

  final class Groups: Sendable {
    let sizes = Mutex<[Int]>([])
    let tried = Mutex<[Int]>([])
  }

  init(_ groups: Groups, most: Int) {
    self.groups = groups
    self.most = most
  }
  init(from file: ModelFile) throws { self.init(Groups(), most: 3) }
  var precisions: [Precision] { Precision.allCases }
  func placed(for execution: Execution) throws -> any PlacedDetector { Placed(detector: self) }
  func write(to file: inout ModelFile) throws {}

  private struct Placed: PlacedDetector {
    let detector: BrightnessDetector
    var imagesTogether: Int { 3 }

    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      detector.groups.tried.withLock { $0.append(images.count) }
      guard images.count <= detector.most else { throw NoMemory() }
      detector.groups.sizes.withLock { $0.append(images.count) }
      return images.map { image in
        let scores = stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] }
        return Evidence(AnomalyMap(height: image.height, width: image.width, scores: scores))
      }
    }
  }
}

private struct NoMemory: Error {}

private struct Unreadable: Error, Equatable {
  let number: Int
}

@Suite struct `Inspections of many images` {
  private func model(_ detector: BrightnessDetector) throws -> TrainedModel {
    try TrainedModel(
      detector: detector, framing: Framing(side: 4),
      calibrations: [Calibration(scores: [0.1, 0.35])],
      frames: FrameSummary(of: ImageCollection([Image(height: 1, width: 1, pixels: [0, 0, 0])])),
      provenance: Provenance(
        version: "", trainingImages: 2, goodImages: 3, calibration: .heldOut(), seed: 1,
        steps: 0, imagesUntil: nil, device: .cpu, threads: 1, libtorch: ""), learntFrom: [],
      settings: "")
  }

  /// Images of several sizes, the brighter the later; those of some numbers cannot be read.
  private func scores(
    of count: Int, unreadable: Set<Int> = [], groups: BrightnessDetector.Groups = .init(),
    most: Int = 3
  ) async throws -> [Result<Float, Unreadable>] {
    let model = try model(BrightnessDetector(groups, most: most))
    let images = ImageCollection(count: count) { number in
      guard !unreadable.contains(number) else { throw Unreadable(number: number) }
      let side = 4 + number % 2
      let level = Float(number) / 10
      return Image(
        height: side, width: side, pixels: .init(repeating: level, count: 3 * side * side))
    }
    var found: [Result<Float, Unreadable>] = []
    for try await result in try await model.inspector().verdicts(on: images, falseAlarms: 0.5) {
      switch result {
      case .success((let image, let verdict)):
        #expect(image.height == 4 + found.count % 2)
        #expect(verdict.isAnomalous == (verdict.score > 0.35))
        found.append(.success(verdict.score))
      case .failure(let error): found.append(.failure(try #require(error as? Unreadable)))
      }
    }
    return found
  }

  @Test(arguments: [0, 1, 2, 3, 7]) func `come in the order of the images`(count: Int) async throws
  {
    let found = try await scores(of: count)
    #expect(found.count == count)
    for (number, result) in found.enumerated() {
      #expect(abs(try result.get() - Float(number) / 10) < 1e-5)
    }
  }

  /// A map that is no number is good in no light.
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `are no decisions where scores are no numbers`(level: Float) async throws {
    for place in [0, 7, 15] {
      var scores = [Float](repeating: 0.2, count: 16)
      scores[place] = level
      let map = AnomalyMap(height: 4, width: 4, scores: scores)
      #expect(!map.isFinite)
      if level.isNaN { #expect(map.peak.isNaN) }
      let inspector = try await model(BrightnessDetector(.init(), most: 3)).inspector()
      let image = Image(height: 4, width: 4, pixels: scores.flatMap { [$0, $0, $0] })
      await #expect(throws: MappingError.notFinite) { try await inspector.inspect(image) }
      #expect(throws: MappingError.notFinite) {
        try inspector.verdict(Evidence(map), on: image)
      }
      // Nor is the map of an image beside one that cannot be decided about.
      let plain = Image(height: 4, width: 4, pixels: .init(repeating: 0.2, count: 48))
      var found: [Bool] = []
      for try await result in inspector.verdicts(on: ImageCollection([plain, image, plain])) {
        found.append((try? result.get()) != nil)
      }
      #expect(found == [true, false, true])
    }
  }

  @Test func `compare no scores of one execution with those of another`() async throws {
    var model = try model(BrightnessDetector(.init(), most: 3))
    let refused = CalibrationError.notCalibrated(precision: .bf16, density: nil, for: [["fp32"]])
    await #expect(throws: refused) { try await model.inspector(precision: .bf16) }
    await #expect(throws: MappingError.noDensity) { try await model.inspector(density: .full) }
    await #expect(throws: PrecisionError.notOnDevice(.tf32)) {
      try await model.calibrated(
        on: ImageCollection([Image(height: 4, width: 4, pixels: .init(repeating: 0, count: 48))]),
        precision: .tf32, run: TrainingRun())
    }
    // Each execution that the model is calibrated for has its own scores.
    model.calibrations.append(
      Calibration(
        [Calibration.ScoredImage(name: "c", score: 0.7, mean: 0)], precision: .bf16))
    #expect(try await model.inspector(precision: .bf16).calibration.scores == [0.7])
    #expect(try await model.inspector().calibration.scores == [0.1, 0.35])
  }

  @Test func `keep calibrations of the same images, and drop those of others`() async throws {
    let images = { (names: [String]) in
      ImageCollection(count: names.count, name: { names[$0] }) { number in
        Image(height: 4, width: 4, pixels: .init(repeating: Float(number) / 10, count: 48))
      }
    }
    let model = try model(BrightnessDetector(.init(), most: 3))
    let first = try await model.calibrated(on: images(["a", "b"]), run: TrainingRun())
    #expect(first.calibrations.count == 1)
    let both = try await first.calibrated(
      on: images(["a", "b"]), precision: .bf16, run: TrainingRun())
    #expect(both.calibrations.map(\.precision) == [.bf16, .fp32])
    #expect(try both.leavingOut(["b"]).calibrations.map(\.images.count) == [1, 1])
    #expect(try first.fingerprint() != both.fingerprint())
    #expect(try first.fingerprint() == both.fingerprint(of: both.calibrations[1]))
    let other = try await both.calibrated(on: images(["c"]), run: TrainingRun())
    #expect(other.calibrations.map(\.precision) == [.bf16])
  }

  @Test func `map so many together as the detector likes`() async throws {
    let groups = BrightnessDetector.Groups()
    _ = try await scores(of: 7, groups: groups)
    #expect(groups.sizes.withLock { $0 } == [3, 3, 1])
  }

  @Test func `map images alone where there is no memory for several`() async throws {
    let groups = BrightnessDetector.Groups()
    let found = try await scores(of: 5, groups: groups, most: 1)
    #expect(found.count { (try? $0.get()) != nil } == 5)
    #expect(groups.sizes.withLock { $0 } == [1, 1, 1, 1, 1])
    // Several are tried once.
    #expect(groups.tried.withLock { $0 } == [3, 1, 1, 1, 1, 1])
  }

  @Test func `go on after images that cannot be read`() async throws {
    let found = try await scores(of: 8, unreadable: [1, 3, 4, 5])
    for (number, result) in found.enumerated() {
      switch result {
      case .success(let score): #expect(abs(score - Float(number) / 10) < 1e-5)
      case .failure(let error): #expect(error == Unreadable(number: number))
      }
    }
    #expect(found.count { (try? $0.get()) != nil } == 4)
  }

  @Test func `end where their task is cancelled`() async throws {
    let model = try model(BrightnessDetector(.init(), most: 3))
    let task = Task {
      var count = 0
      let images = ImageCollection(count: 30) { _ in
        Image(height: 4, width: 4, pixels: .init(repeating: 0, count: 48))
      }
      do {
        for try await _ in try await model.inspector().verdicts(on: images) {
          count += 1
          if count == 6 { withUnsafeCurrentTask { $0?.cancel() } }
        }
      } catch is CancellationError { return count }
      return -1
    }
    #expect(try await task.value == 6)
  }

  /// A map of 100 pixels with the score of its one highest, of the ten highest, and of all others.
  private func verdict(_ peak: Float, _ top: Float, by calibration: Calibration) async throws
    -> Verdict
  {
    var scores = [Float](repeating: 0, count: 100)
    for pixel in 40..<50 { scores[pixel] = top }
    scores[45] = peak
    var model = try model(BrightnessDetector(.init(), most: 3))
    model.calibrations = [calibration]
    let image = Image(height: 4, width: 4, pixels: .init(repeating: 0, count: 48))
    let map = AnomalyMap(height: 10, width: 10, scores: scores)
    return try await model.inspector().verdict(Evidence(map), on: image, falseAlarms: 0.5)
  }

  /// Whatever the decision rests on, it is shown where it is anomalous, and nowhere else.
  @Test func `mark something in anomalous images, and nothing in good ones`() async throws {
    let calibration = Calibration(
      [.init(name: "a", score: 2, mean: 0, peak: 6)], scoring: ImageScoring(topShare: 0.1))
    for (peak, top, isAnomalous, level, area) in [
      // Both are high: marked is what is above the level of all images.
      (9, 7, true, 6.0006, 10), (90, 4, true, 6.0006, 1),
      // No pixel stands out, but ten do together: those are marked, above their mean.
      (5, 4, true, 4.1, 1), (3, 3, true, 3, 10),
      // One pixel stands out, but the image is good.
      (12, 0, false, 12, 0), (5, 1, false, 6.0006, 0),
    ] as [(Float, Float, Bool, Float, Int)] {
      let found = try await verdict(peak, top, by: calibration)
      #expect(found.isAnomalous == isAnomalous, "\(peak), \(top)")
      #expect(abs(found.level - level) < 1e-4)
      #expect(found.map.isAbove(found.level).count { $0 } == area)
      #expect(found.regions.isEmpty != isAnomalous)
      let scale = HeatScale(ordinary: 0, threshold: found.level)
      #expect((scale.position(of: found.map.peak) > 0.667) == isAnomalous || peak == 3)
    }
  }

  /// It stands out from surroundings below zero, or from high ones: neither moves what is marked.
  @Test func `mark pixels by their own height`() {
    let threshold = Calibration([.init(name: "a", score: 2, mean: 0, peak: 6)]).threshold()
    for score in [Float(3), 5, 20] {
      #expect(threshold.level(ofScore: score, top: 9, peak: 12) == threshold.pixel)
      #expect(threshold.level(ofScore: score, top: 4, peak: 5) == Float(4).nextDown)
    }
    #expect(threshold.level(ofScore: 1, top: 9, peak: 12) == 12)
  }

  /// Two regions of 2 and 1 pixels; one receptive field did not look at the second.
  @Test func `say what each receptive field sees in a region`() throws {
    var scores = [Float](repeating: 0, count: 16)
    (scores[0], scores[1], scores[15]) = (2, 3, 9)
    var isKnown = [Bool](repeating: true, count: 16)
    isKnown[15] = false
    let component = {
      (field: ReceptiveField, quantity: Evidence.Component.Quantity, factor: Float, known: [Bool]?)
      in
      Evidence.Component(field, quantity, scores: scores.map { $0 * factor }, isKnown: known)
    }
    let evidence = Evidence(
      AnomalyMap(height: 4, width: 4, scores: scores),
      components: [
        component(.p17, .regressionError, 10, isKnown),
        component(.p17, .predictiveUncertainty, 1, isKnown),
        component(.p33, .regressionError, 2, nil), component(.p33, .predictiveUncertainty, -1, nil),
      ])
    let image = Image(height: 8, width: 4, pixels: .init(repeating: 0, count: 96))
    let placement = try Framing(side: 4).placement(of: image)
    let regions = evidence.regions(above: 1, in: placement)
    #expect(regions.map(\.peak) == [9, 3] && regions.map(\.height) == [2, 2])
    let small = AnomalousRegion.Cause(
      receptiveField: 33, regressionError: 18, predictiveUncertainty: -9)
    #expect(regions[0].causes == [small])
    #expect(regions[1].causes?.map(\.receptiveField) == [17, 33])
    #expect(regions[1].causes?.first?.regressionError == 30)
    #expect(regions[1].causes?.first?.predictiveUncertainty == 3)
    // A single measure has nothing to tell apart.
    let plain = Evidence(evidence.map).regions(above: 1, in: placement)
    #expect(plain.map(\.causes) == [nil, nil])
  }
}
