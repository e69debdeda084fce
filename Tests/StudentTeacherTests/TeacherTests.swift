import AnomalyDetection
import Files
import Foundation
import Images
import ModelFiles
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import StudentTeacher

@Suite(.serialized) struct `Teachers` {
  /// A cut-off encoder of random weights.
  private func encoder() throws -> ResNet18 {
    var tensors: [String: Tensor] = [
      "conv1.weight": try Tensor.normal(shape: [64, 3, 7, 7], seed: 1) * 0.1,
      "conv1.bias": try Tensor(repeating: 0, shape: [64]),
    ]
    for block in 0..<2 {
      for convolution in 1...2 {
        let name = "layer1.\(block).conv\(convolution)"
        tensors["\(name).weight"] =
          try Tensor.normal(shape: [64, 64, 3, 3], seed: UInt64(2 * block + convolution)) * 0.05
        tensors["\(name).bias"] = try Tensor(repeating: 0, shape: [64])
      }
    }
    return try ResNet18(tensors)
  }

  private func photos(_ folder: String) throws -> [String] {
    try (0..<3).map { number in
      let pixels = (0..<90 * 120 * 3).map { Float(($0 * (13 + number) + $0 / 360 * 5) % 256) / 255 }
      let path = "\(folder)/\(number).png"
      try Image(height: 90, width: 120, pixels: pixels).write(to: path)
      return path
    }
  }

  private func training() -> TeacherTraining {
    var training = TeacherTraining(.p17)
    (training.steps, training.batch, training.encoderSide) = (12, 12, 24)
    training.adam.learningRate = 1e-3
    return training
  }

  @Test func `learn, and a killed training ends as an unbroken one`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      let encoder = try encoder()
      let losses = Recorded()
      let unbroken = try await training().teacher(
        distilling: [encoder], photos: photos,
        run: TrainingRun(seed: 3) { if let first = $0.figures.first { losses.add(first.value) } })
      #expect(losses.values.count == 12)
      #expect(losses.values.suffix(3).reduce(0, +) < losses.values.prefix(3).reduce(0, +))

      let checkpoints = Checkpoints(folder: "\(folder)/work", resuming: false)
      let stopped = Task {
        try await training().teacher(
          distilling: [encoder], photos: photos,
          run: TrainingRun(seed: 3, checkpoints: checkpoints) {
            if $0.step == 5, !$0.figures.isEmpty { withUnsafeCurrentTask { $0?.cancel() } }
          })
      }
      await #expect(throws: CancellationError.self) { try await stopped.value }
      let resumed = try await training().teacher(
        distilling: [encoder], photos: photos,
        run: TrainingRun(
          seed: 3, checkpoints: Checkpoints(folder: "\(folder)/work", resuming: true)))
      for (a, b) in zip(unbroken.teacher.parameters, resumed.teacher.parameters) {
        #expect(try a.bytes() == b.bytes())
      }
    }
  }

  /// A patch that came back in later batches would be learnt by heart.
  @Test func `see new patches in every batch`() async throws {
    try await withTemporaryFolder { folder in
      let patches = PhotoPatches(
        photos: try photos(folder), side: 17, batch: 8, patchesPerPhoto: 2, seed: 1)
      var seen: Set<[Float]> = []
      for number in 0..<30 {
        let batch = try patches.batch(number).anchors
        for patch in 0..<8 { seen.insert(try batch.slice(0, from: patch, length: 1).scalars()) }
      }
      // Three photos of few pixels: now and then the same place is drawn twice.
      #expect(seen.count > 230)
    }
  }

  @Test func `compare a patch with a moved, noisy copy of it`() async throws {
    try await withTemporaryFolder { folder in
      // Brightness tells the column: a copy's place can be read off its mean.
      let ramp = (0..<200 * 200).flatMap { pixel -> [Float] in
        [Float](repeating: 0.2 + 0.6 * Float(pixel % 200) / 199, count: 3)
      }
      let path = "\(folder)/ramp.png"
      try Image(height: 200, width: 200, pixels: ramp).write(to: path)
      var patches = PhotoPatches(
        photos: [path], side: 33, batch: 64, patchesPerPhoto: 2, seed: 1)
      let plain = try patches.batch(3)
      #expect(plain.positives == nil)
      patches.withPositives = true
      let batch = try patches.batch(3)
      #expect(try batch.anchors.scalars() == plain.anchors.scalars())
      let positives = try #require(batch.positives)
      #expect(positives.shape == [64, 3, 33, 33])
      let (anchors, copies) = try (
        batch.anchors.mean(over: [1, 2, 3]).doubles(), positives.mean(over: [1, 2, 3]).doubles()
      )
      // 0.8…1.2 of the brightness, and 8 columns of a photo zoomed to at least 132.
      for (anchor, copy) in zip(anchors, copies) {
        #expect(copy > 0.75 * (anchor - 0.04) && copy < 1.25 * (anchor + 0.04))
      }
      #expect(zip(anchors, copies).contains { abs($0 - $1) > 0.05 })
      let noise =
        try (positives.slice(2, from: 0, length: 32) - positives.slice(2, from: 1, length: 32))
      // Rows of a ramp are alike: what differs is the noise of two pixels, 0.1 each.
      #expect(abs(slowDeviation(try noise.doubles()) - 0.1414) < 0.01)
    }
  }

  private func taught(
    _ training: TeacherTraining, _ photos: [String], run: TrainingRun = TrainingRun()
  ) async throws -> [String] {
    try await training.teacher(distilling: [], photos: photos, run: run).unreadable
  }

  @Test func `need an encoder only to distil`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      var training = training()
      await #expect(throws: TeacherTrainingError.noEncoder) {
        try await taught(training, photos)
      }
      (training.distillation, training.metric) = (0, 1)
      let losses = Recorded()
      _ = try await training.teacher(
        distilling: [], photos: photos,
        run: TrainingRun(seed: 3) {
          #expect($0.figures.map(\.name) == ["metric", "correlation", "waiting", "steps/s"])
          losses.add($0.figures[0].value)
        })
      #expect(losses.values.suffix(3).reduce(0, +) < losses.values.prefix(3).reduce(0, +))
      (training.metric, training.compactness) = (0, 0)
      await #expect(throws: TeacherTrainingError.noLoss) {
        try await taught(training, photos)
      }
    }
  }

  @Test func `go on from an earlier one`() async throws {
    try await withTemporaryFolder { folder in
      let photos = try photos(folder)
      var training = training()
      training.steps = 1
      training.adam.learningRate = 0
      training.adam.weightDecay = 0
      let earlier = try PatchDescriptor(.p17, seed: 9)
      let next = try await training.teacher(
        distilling: [encoder()], photos: photos, startingFrom: earlier, run: TrainingRun(seed: 3))
      for (a, b) in zip(earlier.parameters, next.teacher.parameters) {
        #expect(try a.bytes() == b.bytes())
      }
      // A checkpoint of a training that went on from another one is refused.
      let run = TrainingRun(
        seed: 3, checkpoints: Checkpoints(folder: "\(folder)/work", resuming: true))
      for (start, fits) in [(earlier, true), (try PatchDescriptor(.p17, seed: 10), false)] {
        let resumed = try? await training.teacher(
          distilling: [encoder()], photos: photos, startingFrom: start, run: run)
        #expect((resumed != nil) == fits)
      }
      let other = try PatchDescriptor(.p33, seed: 9)
      await #expect(throws: TeacherTrainingError.otherStart(33, 17)) {
        _ = try await training.teacher(
          distilling: [encoder()], photos: photos, startingFrom: other, run: TrainingRun()
        ).unreadable
      }
    }
  }

  /// Each encoder counts by itself, whatever the scale of its features.
  @Test func `take the features of several encoders side by side`() throws {
    let patches = try (0..<4).map { try Tensor.uniform(shape: [8, 3, 17, 17], seed: UInt64($0)) }
    let (first, second) = (try encoder(), try encoder().map { try $0 * 1.2 })
    let both = try EncoderFeatures(
      of: [first, second], side: 24, scaledBy: patches, device: .cpu)
    let alone = try EncoderFeatures(of: [second], side: 24, scaledBy: patches, device: .cpu)
    #expect(both.dimension == 128 && alone.dimension == 64)
    let features = try Tensor.concatenating(patches.map { try both(of: $0) })
    #expect(features.shape == [32, 128])
    for start in [0, 64] {
      let part = try features.slice(1, from: start, length: 64)
      #expect(abs(try part.squared().mean().scalar() - 1) < 1e-4)
      #expect(abs(try part.mean().scalar()) < 1e-4)
    }
    try expectClose(
      features.slice(1, from: 64, length: 64),
      Tensor.concatenating(patches.map { try alone(of: $0) }))
  }

  @Test func `may let each feature of an encoder weigh the same`() throws {
    let patches = [try Tensor.uniform(shape: [32, 3, 17, 17], seed: 1)]
    for (scaling, areEqual) in [(FeatureScaling.each, true), (.common, false)] {
      let features = try EncoderFeatures(
        of: [encoder()], side: 24, scaling, scaledBy: patches, device: .cpu)(of: patches[0])
      let squares = try features.squared().mean(over: [0]).doubles()
      #expect(abs(squares.reduce(0, +) / Double(squares.count) - 1) < 1e-4)
      #expect(squares.allSatisfy { abs($0 - 1) < 1e-4 } == areEqual)
    }
  }

  @Test func `skip broken photos`() async throws {
    try await withTemporaryFolder { folder in
      let broken = "\(folder)/broken.jpg"
      try AtomicFile.write(Data("no picture".utf8), to: broken)
      let patches = PhotoPatches(
        photos: try photos(folder) + [broken], side: 17, batch: 8, patchesPerPhoto: 2, seed: 1)
      for number in 0..<4 {
        #expect(try patches.batch(number).anchors.shape == [8, 3, 17, 17])
      }
      #expect(patches.unreadable.sorted == [broken])
      let none = PhotoPatches(photos: [broken], side: 17, batch: 8, patchesPerPhoto: 2, seed: 1)
      #expect(throws: ImageFileError.foreign(broken)) { try none.batch(0) }
      // One that is not given may be whole: the same seed would give another teacher.
      let gone = "\(folder)/gone.jpg"
      let some = PhotoPatches(
        photos: try photos(folder) + [gone], side: 17, batch: 64, patchesPerPhoto: 2, seed: 1)
      #expect(throws: ImageFileError.missing(gone)) {
        for number in 0..<4 { _ = try some.batch(number) }
      }
    }
  }

  @Test func `come back from their file at half precision, with their card`() async throws {
    try await withTemporaryFolder { folder in
      let teacher = try PatchDescriptor(.p65, seed: 1)
      let path = "\(folder)/t.safetensors"
      try TeacherFile(teacher, card: ["seed": "1"]).write(to: path)
      let read = try TeacherFile(contentsOf: path)
      #expect(read.teacher.receptiveField == .p65)
      #expect(read.card["seed"] == "1")
      for (a, b) in zip(teacher.parameters, read.teacher.parameters) {
        try expectClose(b, a, relative: 1e-3, absolute: 1e-6)
      }
      try SafetensorsFile(tensors: [:]).write(to: path)
      #expect(throws: TeacherFileError.foreign(path)) { try TeacherFile(contentsOf: path) }
    }
  }
}

private final class Recorded: Sendable {
  private let losses = Mutex<[Double]>([])
  func add(_ loss: Double) { losses.withLock { $0.append(loss) } }
  var values: [Double] { losses.withLock { $0 } }
}
