import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing
import UninformedStudents

/// What a training depends on, each of which can be changed alone.
private struct Inputs: Sendable {
  var images = (0..<6).map { stripes(Float($0) / 10) }
  var framing = Framing(side: 64)
  var seed: UInt64 = 1
  var teacher: UInt64 = 7
  var validation = 0.34
  var vectors = 50
  var density = Density.strided
  var field = ReceptiveField.p17

  private static func stripes(_ level: Float) -> Image {
    let pixels = (0..<64 * 64 * 3).map { level + Float($0 / 3 % 8) / 16 }
    return Image(height: 64, width: 64, pixels: pixels)
  }

  func train(_ checkpoints: Checkpoints?) async throws -> TrainedModel {
    var method = DescriptorMethod<NearestNeighbor>()
    (method.receptiveField, method.density) = (field, density)
    method.model.vectors = vectors
    let run = TrainingRun(
      seed: seed, teachers: [field: try PatchDescriptor(field, seed: teacher)],
      checkpoints: checkpoints)
    return try await TrainedModel.train(
      method, on: ImageCollection(images), framing: framing,
      calibration: .heldOut(share: validation),
      run: run)
  }
}

extension Framing {
  /// The lower half.
  fileprivate static let lower = Framing(
    side: 64, region: Rectangle(x: 0, y: 32, width: 64, height: 32))

  /// But for 8 × 8 pixels.
  fileprivate static var ignoringCorner: Framing {
    let mask = Mask(
      height: 64, width: 64, isAnomalous: (0..<64 * 64).map { $0 / 64 < 8 && $0 % 64 < 8 })
    let framing = try? Framing(side: 64).ignoring(mask, of: Inputs().images[0], named: "mask")
    return framing ?? Framing(side: 1)
  }
}

@Suite struct `What work depends on` {
  private typealias Change = (name: String, part: String, change: @Sendable (inout Inputs) -> Void)

  private static let changes: [Change] = [
    ("one image", "images", { $0.images[3] = $0.images[2] }),
    ("the order of images", "images", { $0.images.swapAt(0, 1) }),
    ("the side", "image side", { $0.framing = Framing(side: 80) }),
    ("the fit", "framing", { $0.framing = Framing(side: 64, fit: .pad) }),
    ("the region", "framing", { $0.framing = .lower }),
    ("what is ignored", "framing", { $0.framing = .ignoringCorner }),
    ("the teacher", "teacher, p = 17", { $0.teacher = 8 }),
    ("the seed", "seed", { $0.seed = 2 }),
    ("the share held out", "calibration", { $0.validation = 0.5 }),
    ("the method's options", "settings", { $0.vectors = 40 }),
    ("the density", "settings", { $0.density = .full }),
    ("the receptive field", "settings", { $0.field = .p33 }),
  ]

  @Test func `is the key of what is gone on with`() async throws {
    try await withTemporaryFolder { folder in
      let work = "\(folder)/work"
      let model = try await Inputs().train(Checkpoints(folder: work, resuming: false))
      let again = try await Inputs().train(Checkpoints(folder: work, resuming: true))
      #expect(try again.fingerprint() == model.fingerprint())
      #expect(again.calibration == model.calibration)
      for (name, part, change) in Self.changes {
        var inputs = Inputs()
        change(&inputs)
        let error = await #expect(throws: CheckpointError.self, "\(name)") {
          _ = try await inputs.train(Checkpoints(folder: work, resuming: true))
        }
        #expect(error?.description.contains(part) == true, "\(name): \(String(describing: error))")
        #expect(error?.description.contains("start again") == true)
      }
      // Where it does not fit it is thrown away, if that is asked for.
      var other = Inputs()
      other.seed = 2
      let resumed = try await other.train(Checkpoints(folder: work, earlier: .resumedWhereItFits))
      #expect(try await resumed.fingerprint() == other.train(nil).fingerprint())
    }
  }

  @Test func `is all in the fingerprint of a model`() async throws {
    let model = try await Inputs().train(nil)
    var digits: Set<String> = [try model.fingerprint().digits]
    for (_, _, change) in Self.changes {
      var inputs = Inputs()
      change(&inputs)
      digits.insert(try await inputs.train(nil).fingerprint().digits)
    }
    #expect(digits.count == Self.changes.count + 1)
    let parts = model.provenance.fingerprint.parts.keys
    for name in ["device", "threads", "libtorch", "version", "method"] {
      #expect(parts.contains(name))
    }
    // A calibration makes another model.
    let others = ImageCollection(
      Inputs().images.prefix(4).map { image in
        Image(height: image.height, width: image.width, pixels: image.pixels.map { 0.9 * $0 })
      })
    let calibrated = try await model.calibrated(on: others, run: TrainingRun(seed: 1))
    #expect(try !digits.contains(calibrated.fingerprint().digits))
  }

  /// One of a plain framing is as it was before there were others.
  @Test func `is in its file with its framing`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.students"
      for framing in [Framing(side: 64), .lower, .ignoringCorner, Framing(side: 64, fit: .crop)] {
        var inputs = Inputs()
        inputs.framing = framing
        let model = try await inputs.train(nil)
        try model.write(to: path)
        let read = try TrainedModel(contentsOf: path)
        #expect(read.framing == framing && read.framing.side == 64)
        #expect(try read.fingerprint() == model.fingerprint())
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.contains("imageSide\\\":64") == framing.isPlain)
        #expect(bytes.contains("framing\\\":{") != framing.isPlain)
      }
    }
  }

  @Test func `tells the images of a training from as many others`() async throws {
    let model = try await Inputs().train(nil)
    let images = ImageCollection(Inputs().images)
    let known = try model.learnt(from: images)
    #expect(known.count == model.provenance.trainingImages)
    #expect(try model.learnt(from: model.parts(of: images).heldOut).isEmpty)
    await #expect(throws: GoodImagesError.learntFrom(known, of: images.count)) {
      try await model.calibrated(on: images, run: TrainingRun(seed: 1))
    }
    #expect(try model.parts(of: ImageCollection(Inputs().images)).heldOut.count == 2)
    var others = Inputs().images
    others[5] = others[4]
    #expect(throws: GoodImagesError.otherContent) {
      try model.parts(of: ImageCollection(others))
    }
  }

  @Test func `is what is in files, not their names`() async throws {
    try await withTemporaryFolder { folder in
      for (number, image) in Inputs().images.enumerated() {
        try image.write(to: "\(folder)/a/\(number).png".makingItsFolder())
        try image.write(to: "\(folder)/b/x\(number).png".makingItsFolder())
      }
      let digest = { (name: String) in
        try ImageCollection(ImageFolder("\(folder)/\(name)")).digest()
      }
      let before = try digest("a")
      #expect(try digest("b") == before)
      #expect(
        try ImageCollection(ImageFolder("\(folder)/a")).resized(to: 32).keptInMemory(upTo: 1 << 20)
          .digest() == before)
      #expect(try ImageCollection(ImageFolder("\(folder)/b")).copies().isEmpty)
      try Inputs().images[0].write(to: "\(folder)/b/x1.png")
      #expect(try digest("b") != before)
      #expect(try ImageCollection(ImageFolder("\(folder)/b")).copies() == ["\(folder)/b/x1.png"])
    }
  }

  @Test func `is checked for damage`() async throws {
    try await withTemporaryFolder { folder in
      let checkpoints = Checkpoints(folder: "\(folder)/c", resuming: false)
      let state = try Tensor(repeating: 1, shape: [8])
      let steps = { (count: Int) in
        try await TrainingRun(checkpoints: Checkpoints(folder: "\(folder)/c", resuming: true))
          .steps("work", count: count, settings: "", state: [state]) { _ in [] }
      }
      try await TrainingRun(checkpoints: checkpoints).steps(
        "work", count: 3, settings: "", state: [state]
      ) { _ in [] }
      let path = "\(folder)/c/work.safetensors"
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try await steps(3)
      // More steps than there are.
      await #expect(throws: CheckpointError.damaged(path)) { try await steps(2) }
      for place in stride(from: 0, to: whole.count, by: 97) {
        var damaged = whole
        damaged[place] ^= 1
        try AtomicFile.write(damaged, to: path)
        await #expect(throws: CheckpointError.self, "byte \(place)") { try await steps(3) }
      }
      for count in [0, 7, whole.count / 2, whole.count - 1] {
        try AtomicFile.write(whole.prefix(count), to: path)
        await #expect(throws: CheckpointError.damaged(path)) { try await steps(3) }
      }
      try AtomicFile.write(whole, to: path)
      try await steps(3)
    }
  }
}

extension Data {
  fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}

extension String {
  fileprivate func makingItsFolder() throws -> String {
    try makeFolder(of: self)
    return self
  }
}
