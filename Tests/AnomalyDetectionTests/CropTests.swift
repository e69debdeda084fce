import Datasets
import Images
import Randomness
import Tensors
import TestSupport
import Testing

@testable import AnomalyDetection

/// Finds red anomalous, and adds where in its crop a pixel lies.
private struct RedModel: CropModel {
  struct Settings: CropModelSettings {
    static let method = "red"
    var steps = 0
    var batch = 4
    var adam = Adam.Settings(learningRate: 0, weightDecay: 0)
    var places = 0.0
    var makeSense: Bool { true }
    init(_ recipe: Recipe) {}
    static func layout(_ kind: PartKind) -> CropLayout {
      CropLayout(zoom: 32, side: 16, stride: 6)
    }
  }

  let places: Double
  var tensors: [String: Tensor] { [:] }

  init(fitting crops: CropBatches, settings: Settings, run: TrainingRun) async throws {
    places = settings.places
  }

  init(_ tensors: ModelTensors, settings: Settings, side: Int) throws {
    places = settings.places
  }

  func scores(of crops: Tensor, progress: MappingProgress) throws -> Tensor {
    progress(1, 1)
    let (_, _, height, width) = crops.imageAxes
    let rows = try Tensor(shape: [1, 1, height, 1], scalars: (0..<height).map(Float.init))
    return try crops.slice(1, from: 0, length: 1) + rows * places
      * Tensor(repeating: 1, shape: [1, 1, 1, width])
  }
}

@Suite struct `Crops` {
  @Test func `cover a picture to its border`() {
    #expect(CropLayout(zoom: 256, side: 128, stride: 30).starts == [0, 30, 60, 90, 120, 128])
    #expect(CropLayout(zoom: 512, side: 128, stride: 128).starts == [0, 128, 256, 384])
    #expect(CropLayout(zoom: 256, side: 256, stride: 256).starts == [0])
  }

  private func image(side: Int, seed: UInt64) throws -> Image {
    let pixels = try Tensor.uniform(shape: [side * side * 3], seed: seed).scalars()
    return Image(height: side, width: side, pixels: pixels)
  }

  /// Against the mean over all crops that a pixel lies in, one pixel at a time.
  @Test(arguments: [0.0, 0.5]) func `share their scores where they overlap`(places: Double)
    async throws
  {
    let picture = try image(side: 32, seed: 1)
    var method = CropMethod<RedModel>(.texture)
    method.model.places = places
    let training = ImageCollection([picture])
    var told: [[Int]] = []
    let placed = try await method.fit(training, run: TrainingRun()).placed(for: Execution())
    let map = try placed.evidence(of: [picture]) { told.append([$0, $1]) }[0].map
    #expect(told == [[16, 16]])
    let starts = [0, 6, 12, 16]
    var expected: [Double] = []
    for row in 0..<32 {
      let within = starts.filter { $0 <= row && row < $0 + 16 }.map { Double(row - $0) }
      for column in 0..<32 {
        expected.append(
          Double(picture.pixels[3 * (row * 32 + column)])
            + places * within.reduce(0, +) / Double(within.count))
      }
    }
    try expectClose(map.scores.map(Double.init), expected, relative: 1e-5, absolute: 1e-5)
  }

  @Test(arguments: PartKind.allCases) func `to learn from are found again by their numbers`(
    kind: PartKind
  ) async throws {
    let images = ImageCollection(try (0..<3).map { try image(side: 40, seed: $0) })
    let batches = { (seed: UInt64) in
      try CropBatches(of: images, Augmentation(kind), count: 5, side: 16, batch: 6, seed: seed)
    }
    let (a, b, other) = (try batches(1), try batches(1), try batches(2))
    for number in [0, 3] {
      let batch = try await a.batch(number)
      #expect(batch.shape == [6, 3, 16, 16])
      #expect(try await batch.scalars() == b.batch(number).scalars())
      #expect(try await batch.scalars() != other.batch(number).scalars())
    }
    // There are no more crops than were asked for.
    var seen: Set<[Float]> = []
    for number in 0..<8 {
      let batch = try await a.batch(number)
      for row in 0..<6 { seen.insert(try batch.slice(0, from: row, length: 1).scalars()) }
    }
    #expect(seen.count == 5)
  }

  /// A picture of one colour within and another in a frame: inner crops see no frame.
  @Test func `of textures lie within the picture however they are turned`() {
    let side = 64
    let pixels = (0..<side * side).flatMap { pixel -> [Float] in
      let (row, column) = (pixel / side, pixel % side)
      let isFrame = min(row, column, side - 1 - row, side - 1 - column) < 4
      return [isFrame ? 1 : 0, 0.5, 0.5]
    }
    let image = Image(height: side, width: side, pixels: pixels)
    var random = SeededGenerator(seed: 1)
    var frames = 0
    for _ in 0..<50 {
      let crop = Augmentation(.texture).crop(of: image, side: 20, &random)
      let reds = stride(from: 0, to: crop.pixels.count, by: 3).count { crop.pixels[$0] > 0.5 }
      // A mirrored border would show the frame twice as wide.
      frames = max(frames, reds)
    }
    #expect(frames <= 20 * 8)
    var object = Augmentation(.object)
    (object.rotation, object.translation) = (0, 0)
    #expect(object.crop(of: image, side: 64, &random).pixels == image.pixels)
  }

  /// One bright pixel in the middle of grey: where it is found, and how bright, tells what was changed.
  @Test(arguments: PartChange.allCases)
  func `do what a user says that a part may do, and no more`(change: PartChange) {
    let side = 33
    let image = Image(
      height: side, width: side,
      pixels: (0..<side * side).flatMap { pixel -> [Float] in
        let (row, column) = (pixel / side, pixel % side)
        let value: Float = row == 16 && (8..<16).contains(column) ? 0.8 : 0.4
        return [value, value, value]
      })
    let flipped = Image(
      height: side, width: side,
      pixels: (0..<side * side).flatMap { pixel in
        let place = 3 * (pixel / side * side + side - 1 - pixel % side)
        return image.pixels[place..<place + 3]
      })
    var random = SeededGenerator(seed: 1)
    let seen = (0..<40).map { _ in Augmentation([change]).changed(image, &random) }
    let changed = seen.filter { $0.pixels != image.pixels }
    #expect((10...30).contains(changed.count) || change == .flip && changed.count >= 4)
    for other in changed {
      let (least, most) = (other.pixels.min() ?? 0, other.pixels.max() ?? 0)
      switch change {
      case .flip: #expect(other.pixels == flipped.pixels)
      case .light:
        #expect(abs(most / least - 2) < 1e-4 && (0.36...0.44).contains(least))
      case .shift:
        let bright = (0..<side * side).filter { other.pixels[3 * $0] > 0.5 }
        #expect(bright.allSatisfy { (14...18).contains($0 / side) })
      case .turn: #expect(abs(least - 0.4) < 1e-4 && most <= 0.8 + 1e-4)
      }
    }
    #expect(Set(changed.map(\.pixels)).count == (change == .flip ? 1 : changed.count))
  }

  @Test func `need a picture of some size`() async throws {
    let small = try image(side: 9, seed: 1)
    let training = ImageCollection([small])
    await #expect(throws: MappingError.tooSmall(height: 9, width: 9, least: 16)) {
      try await CropMethod<RedModel>(.object).fit(training, run: TrainingRun())
    }
  }
}
