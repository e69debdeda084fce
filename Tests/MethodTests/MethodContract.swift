import Foundation
import Networks
import Tensors
import TestSupport
import Testing
import UninformedStudents

/// A method with settings so small that a fit takes seconds.
struct TinyMethod: Sendable, CustomTestStringConvertible {
  let entry: MethodEntry
  let testDescription: String
  let method: any AnomalyMethod

  /// Every method that there is, with each of its settings below.
  static let all = MethodEntry.allCases.flatMap { entry in
    let own = settings[entry] ?? []
    return own.enumerated().map { number, method in
      TinyMethod(
        entry: entry, testDescription: own.count > 1 ? "\(entry), \(number)" : entry.name,
        method: method)
    }
  }

  static let settings: [MethodEntry: [any AnomalyMethod]] = [
    .studentTeacher: [studentTeacher(.fast), studentTeacher(.paper)],
    .knn: [baseline(NearestNeighbor.self) { $0.vectors = 500 }],
    .ocsvm: [baseline(OneClassSVM.self) { $0.vectors = 500 }],
    .kmeans: [baseline(KMeans.self) { $0.vectors = 500 }],
    .ae: [baseline(DescriptorAutoencoder.self) { tiny(&$0) }],
    .vae: [baseline(VariationalAutoencoder.self) { tiny(&$0.network) }],
    .ssimAE: [
      crops(SSIMAutoencoder.self, side: 32) { settings in
        (settings.latent, settings.steps, settings.batch) = (8, 150, 8)
        settings.adam.learningRate = 1e-3
      }
    ],
    .anogan: [
      crops(AnoGAN.self, side: 16) { settings in
        (settings.latent, settings.width, settings.steps, settings.batch) = (8, 8, 60, 8)
        (settings.searchSteps, settings.searchRate) = (40, 0.1)
      }
    ],
    .ocgan: [
      crops(OCGAN.self, side: 16) { settings in
        (settings.latent, settings.width, settings.steps, settings.batch) = (8, 8, 120, 8)
        settings.adam.learningRate = 2e-3
      }
    ],
    .cnnDictionary: [dictionary()],
  ]

  private static func crops<Model>(
    _: Model.Type, side: Int, _ change: (inout Model.Settings) -> Void
  ) -> CropMethod<Model> {
    var method = CropMethod<Model>(.texture)
    method.layout = CropLayout(zoom: 48, side: side, stride: 16)
    // The stripes all lie alike.
    (method.augmentation.rotation, method.augmentation.mirrors) = (0, false)
    change(&method.model)
    return method
  }

  private static func dictionary() -> FeatureDictionary {
    var method = FeatureDictionary()
    (method.side, method.stride, method.dictionary.vectors) = (21, 4, 400)
    return method
  }

  private static func baseline<Model>(
    _: Model.Type, _ change: (inout Model.Settings) -> Void
  ) -> DescriptorMethod<Model> {
    var method = DescriptorMethod<Model>()
    method.receptiveField = .p33
    change(&method.model)
    return method
  }

  private static func tiny(_ settings: inout DescriptorAutoencoder.Settings) {
    (settings.epochs, settings.batch, settings.vectors) = (20, 64, 600)
    settings.adam.learningRate = 3e-3
  }

  private static func studentTeacher(_ recipe: Recipe) -> StudentTeacherMethod {
    var method = StudentTeacherMethod(recipe: recipe)
    method.students = 2
    method.scales = [.p33]
    method.batch = 2
    method.epochs = recipe == .fast ? 12 : 2
    method.adam.learningRate = 1e-3
    method.density = .strided
    return method
  }
}

/// What every method must keep, whatever it does inside.
@Suite(.serialized) struct `Every method` {
  private let side = 48

  /// Eight good images: stripes that lie a little elsewhere each time.
  private func texture(_ number: Int, defect: Bool = false) -> Image {
    var pixels: [Float] = []
    for row in 0..<side {
      for column in 0..<side {
        let wave =
          sin(Double(row + 3 * number) * 0.7) * 0.25 + cos(Double(column - number) * 0.5) * 0.2
        let isSpot = defect && distance(row, column) < 6.3
        pixels += isSpot ? [0.95, 0.1, 0.9] : [Float(0.5 + wave), Float(0.45 + wave), 0.4]
      }
    }
    return Image(height: side, width: side, pixels: pixels)
  }

  /// From the centre of the painted defect.
  private func distance(_ row: Int, _ column: Int) -> Double {
    Double((row - 14) * (row - 14) + (column - 34) * (column - 34)).squareRoot()
  }

  private func good() throws -> GoodImages {
    try GoodImages(ImageCollection((0..<8).map { texture($0) }), heldOut: 0.25, seed: 1)
  }

  private func run(
    seed: UInt64 = 1, checkpoints: Checkpoints? = nil,
    progress: @escaping @Sendable (TrainingRun.Progress) -> Void = { _ in }
  ) throws -> TrainingRun {
    TrainingRun(
      seed: seed, teachers: [.p33: try PatchDescriptor(.p33, seed: 77)],
      encoder: try encoder(randomEncoder()),
      checkpoints: checkpoints, progress: progress)
  }

  @Test(arguments: TinyMethod.all)
  func `finds a painted defect, the same for the same seed`(tiny: TinyMethod) async throws {
    let detector = try await tiny.method.fitted(good(), run: run())
    let map = try detector.map(texture(3, defect: true))
    #expect(map.height == side && map.width == side)
    let isFinite = map.scores.allSatisfy(\.isFinite)
    #expect(isFinite)
    let plain = try detector.map(texture(3))
    #expect(map.scores[14 * side + 34] > plain.scores[14 * side + 34])
    let highest = try #require(map.scores.indices.max { map.scores[$0] < map.scores[$1] })
    let (row, column) = (highest / side, highest % side)
    #expect(distance(row, column) < 6.3 + 3, "the peak is at \(row), \(column)")
    // Nearly all that lies outside scores lower than the defect does on average.
    let isInside = map.scores.indices.map { distance($0 / side, $0 % side) < 6.3 }
    let inside = zip(map.scores, isInside).filter(\.1).map(\.0)
    let outside = zip(map.scores, isInside).filter { !$0.1 }.map(\.0).sorted()
    let mean = inside.reduce(0, +) / Float(inside.count)
    #expect(mean > outside[outside.count * 95 / 100])
    // One image's map does not depend on others scored before it.
    #expect(try detector.map(texture(3, defect: true)) == map)

    let again = try await tiny.method.fitted(good(), run: run())
    #expect(try again.map(texture(3, defect: true)) == map)
  }

  @Test(arguments: TinyMethod.all)
  func `comes back from its file with the same map, to the bit`(tiny: TinyMethod) async throws {
    let images = ImageCollection((0..<8).map { texture($0) })
    let model = try await tiny.method.trained(images, side: side, run: run())
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.students"
      try model.write(to: path)
      let read = try TrainedModel(contentsOf: path)
      let a = try await model.inspector().inspect(texture(2))
      let b = try await read.inspector().inspect(texture(2))
      #expect(a.map == b.map)
      #expect(a.score == b.score && a.threshold == b.threshold && a.pValue == b.pValue)
      #expect(read.provenance == model.provenance)
      #expect(read.provenance.steps == tiny.method.steps(imageCount: 5))
      try read.write(to: "\(folder)/b.students")
      let bytes = { (name: String) in
        try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      #expect(try bytes("a.students") == bytes("b.students"))
      // Calibrated again on the same good images, it is the same model.
      let again = try await read.calibrated(on: read.parts(of: images).heldOut, run: run())
      try again.write(to: "\(folder)/c.students")
      #expect(try bytes("a.students") == bytes("c.students"))
    }
  }

  @Test(arguments: TinyMethod.all)
  func `ends as an unbroken run where it was stopped and resumed`(tiny: TinyMethod) async throws {
    try await withTemporaryFolder { folder in
      let unbroken = try await tiny.method.fitted(good(), run: run())
      // In the middle of learning, or of measuring where that is all there is.
      let learns = tiny.method.steps(imageCount: 6) > 0
      let stopped = Task {
        try await tiny.method.fitted(
          good(),
          run: run(checkpoints: Checkpoints(folder: "\(folder)/work", resuming: false)) {
            if $0.step == 3, !learns || !$0.figures.isEmpty {
              withUnsafeCurrentTask { $0?.cancel() }
            }
          })
      }
      await #expect(throws: CancellationError.self) { try await stopped.value }
      let resumed = try await tiny.method.fitted(
        good(), run: run(checkpoints: Checkpoints(folder: "\(folder)/work", resuming: true)))
      #expect(
        try resumed.map(texture(1)) == unbroken.map(texture(1)))
    }
  }

  @Test(arguments: TinyMethod.all)
  func `refuses what it cannot learn from or map`(tiny: TinyMethod) async throws {
    for count in 0...1 {
      let images = ImageCollection((0..<count).map { texture($0) })
      await #expect(throws: GoodImagesError.tooFew(count)) {
        try await tiny.method.trained(images, side: side, run: run())
      }
    }
    let small = ImageCollection((0..<3).map { texture($0) })
    await #expect(throws: MappingError.self) {
      try await tiny.method.trained(small, side: 9, run: run())
    }
  }
}

extension AnomalyMethod {
  fileprivate func fitted(_ good: GoodImages, run: TrainingRun) async throws -> any AnomalyDetector
  {
    try await fit(good.training, run: run)
  }

  fileprivate func trained(
    _ images: ImageCollection, side: Int, run: TrainingRun
  ) async throws -> TrainedModel {
    try await TrainedModel.train(self, on: images, framing: Framing(side: side), run: run)
  }
}

extension AnomalyDetector {
  /// The map of an image, computed here and now.
  func map(_ image: Image, _ density: Density? = nil) throws -> AnomalyMap {
    let execution = Execution(density: density ?? densities.first { $0 == .strided })
    return try placed(for: execution).evidence(of: [image]) { _, _ in }[0].map
  }
}
