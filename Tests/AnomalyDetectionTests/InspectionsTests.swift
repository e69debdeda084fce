import Images
import ModelFiles
import Synchronization
import Tensors
import Testing

@testable import AnomalyDetection

/// Bright pixels are anomalous, and three images are worth mapping together.
private struct BrightnessDetector: AnomalyDetector {
  static let method = "brightness"
  /// How many images were mapped together, time after time.
  let groups: Groups
  /// The most images that there is memory for.
  let most: Int

  final class Groups: Sendable {
    let sizes = Mutex<[Int]>([])
  }

  init(_ groups: Groups, most: Int) {
    self.groups = groups
    self.most = most
  }
  init(from file: ModelFile) throws { self.init(Groups(), most: 3) }
  var imagesTogether: Int { 3 }
  func anomalyMap(of image: Image) throws -> AnomalyMap { try anomalyMaps(of: [image])[0] }
  func anomalyMaps(of images: [Image]) throws -> [AnomalyMap] {
    guard images.count <= most else { throw NoMemory() }
    groups.sizes.withLock { $0.append(images.count) }
    return images.map { image in
      let scores = stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] }
      return AnomalyMap(height: image.height, width: image.width, scores: scores)
    }
  }
  func running(on device: Device, precision: ScalarType) throws -> Self { self }
  func write(to file: inout ModelFile) throws {}
}

private struct NoMemory: Error {}

private struct Unreadable: Error, Equatable {
  let number: Int
}

@Suite struct `Inspections of many images` {
  private func model(_ detector: BrightnessDetector) throws -> TrainedModel {
    try TrainedModel(
      detector: detector, imageSide: 4,
      calibration: Calibration(scores: [0.1, 0.35]),
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
    for await result in model.inspections(of: images, falseAlarms: 0.5) {
      switch result {
      case .success((let image, let inspection)):
        #expect(image.height == 4 + found.count % 2)
        #expect(inspection.isAnomalous == (inspection.score > 0.35))
        found.append(.success(inspection.score))
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
      let model = try model(BrightnessDetector(.init(), most: 3))
      let image = Image(height: 4, width: 4, pixels: scores.flatMap { [$0, $0, $0] })
      #expect(throws: InspectionError.notFinite) { try model.inspect(image) }
      #expect(throws: InspectionError.notFinite) { try model.inspect([image, image]) }
    }
  }

  @Test func `compare no scores of one precision with those of another`() throws {
    let model = try model(BrightnessDetector(.init(), most: 3)).running(on: .cpu, precision: .bf16)
    #expect(throws: CalibrationError.otherPrecision(.bf16, calibrated: .fp32)) {
      try model.inspect(Image(height: 4, width: 4, pixels: .init(repeating: 0, count: 48)))
    }
    // Nor where only some of its receptive fields are kept.
    #expect(throws: CalibrationError.otherPrecision(.bf16, calibrated: .fp32)) {
      try model.replacing(model.detector)
        .inspect(Image(height: 4, width: 4, pixels: .init(repeating: 0, count: 48)))
    }
    #expect(throws: PrecisionError.self) { try model.running(on: .cpu, precision: .tf32) }
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
}
