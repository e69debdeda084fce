import Datasets
import Files
import Foundation
import Images
import ModelFiles
import Tensors
import TestSupport
import Testing

@testable import AnomalyDetection
@testable import Inspection

/// Models of brightness, trained on images in memory or in files of 24 × 16 pixels.
@Suite struct `The proof of a model` {
  private func image(_ seed: Int) -> Image { colored(height: 16, width: 24, seed: UInt64(seed)) }

  private func trained(
    _ images: ImageCollection, weight: Float = 1, keepsProof: Bool = true
  ) async throws -> TrainedModel {
    try await TrainedModel.train(
      BrightPixels(weight: weight), on: images, framing: Framing(side: 16), keepsProof: keepsProof,
      run: TrainingRun())
  }

  private func trained(weight: Float = 1, keepsProof: Bool = true) async throws -> TrainedModel {
    try await trained(
      ImageCollection((1...30).map(image)), weight: weight, keepsProof: keepsProof)
  }

  private func file(of model: TrainedModel, in folder: String) throws -> ModelFile {
    let path = "\(folder)/model.students"
    try model.write(to: path)
    return try ModelFile(contentsOf: path)
  }

  @Test func `holds where it was made, before and after it was written`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await trained()
      let read = try TrainedModel(file(of: model, in: folder), methods: [BrightPixelDetector.self])
      #expect(read.proof == model.proof)
      for model in [model, read] {
        let found = try await model.inspector().verification()
        #expect(found.holds && found.largestDifference == 0 && found.images.count == 4)
        #expect(found.images.allSatisfy { $0.isEqual && $0.recorded == $0.score })
        // From the lowest score to the highest.
        #expect(found.images.map { $0.score } == found.images.map { $0.score }.sorted())
      }
    }
  }

  @Test func `carries small files as they are, of others the square that is seen`() async throws {
    try await withTemporaryFolder { folder in
      let paths = try (1...30).map { number in
        let path = "\(folder)/\(number).png"
        try image(number).write(to: path)
        return path
      }
      let fromFiles = try await trained(ImageCollection(paths: paths))
      for specimen in try #require(fromFiles.proof).specimens {
        #expect(try specimen.bytes == contents(ofFile: specimen.name) && !specimen.isFramed)
      }
      for specimen in try #require(try await trained().proof).specimens {
        let square = try Image(bytes: specimen.bytes, name: specimen.name)
        #expect(specimen.isFramed && (square.height, square.width) == (16, 16))
      }
    }
  }

  @Test func `is not there where no image may leave the house`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await trained(keepsProof: false)
      let more = ImageCollection((31...50).map(image))
      let calibrated = try await model.calibrated(on: more, run: TrainingRun())
      #expect(model.proof == nil && calibrated.proof == nil)
      #expect(try await trained().withoutProof().proof == nil)
      let file = try file(of: calibrated, in: folder)
      #expect(!file.contains("proof") && !file.tensors.keys.contains { $0.hasPrefix("proof") })
      await #expect(throws: ProofError.none) { try await calibrated.inspector().verification() }
    }
  }

  @Test func `stays true where a model is calibrated again`() async throws {
    let more = ImageCollection((31...50).map(image))
    let model = try await trained()
    let again = try await model.calibrated(on: more, run: TrainingRun())
    #expect(again.proof?.specimens == model.proof?.specimens && again.proof?.records.count == 1)
    #expect(try await again.inspector().verification().holds)
    let late = try await model.withoutProof().calibrated(
      on: more, keepsProof: true, run: TrainingRun())
    #expect(try await late.inspector().verification().holds)
  }

  /// Scores of 1 to 10; the threshold lies a ten-thousandth above the highest.
  @Test func `tells differences that could change a verdict from others`() throws {
    let calibration = Calibration(scores: (1...10).map(Float.init))
    func found(_ here: [Float], falseAlarms: Double? = nil) -> Verification {
      let outcome = { (score: Float) in
        Proof.Outcome(
          AnomalyMap(height: 1, width: 2, scores: [0, score]), scoring: ImageScoring(topShare: 0))
      }
      return Verification(
        comparing: [1, 10].map(outcome), with: here.map(outcome), of: ["low", "high"], calibration,
        calibration.threshold(falseAlarms: falseAlarms), on: .cpu)
    }
    let equal = found([1, 10])
    #expect(equal.holds && equal.largestDifference == 0 && equal.images.allSatisfy { $0.isEqual })
    let rounded = found([1, 10.0005])
    #expect(rounded.holds && abs(rounded.largestDifference - 5e-4) < 2e-6)
    #expect(rounded.images.map { $0.isEqual } == [true, false])
    #expect(abs(rounded.largestShare - 5e-5) < 1e-6 && abs(rounded.margin - 1e-3) < 2e-6)
    let other = found([1.002, 10])
    #expect(!other.holds && other.couldChange == ["image 9"])
    #expect(abs(other.largestShare - 2e-3) < 1e-6)
    #expect(found([1, 8.9]).couldChange == ["image 8", "image 9"])
    #expect(found([1, 10.002], falseAlarms: 0.5).couldChange == ["image 5"])
  }

  private func tensor(_ bytes: Data) throws -> Tensor {
    try bytes.withUnsafeBytes { try Tensor(shape: [$0.count], type: .uint8, bytes: $0) }
  }

  /// What a file says of its proof.
  private struct Contents: Encodable {
    struct Named: Encodable {
      var name = "a"
      var isFramed = true
    }
    struct Outcome: Encodable {
      var score = 1.0
      var mean = 1.0
      var mapDigest = ""
    }
    struct Record: Encodable {
      var precision = "fp32"
      let outcomes: [Outcome]
    }
    let images: [Named]
    let records: [Record]
  }

  /// What a hostile or damaged file may say.
  @Test func `is refused where it makes no sense`() async throws {
    try await withTemporaryFolder { folder in
      let good = try await self.file(of: trained(), in: folder)
      func fault(in file: ModelFile) throws -> String {
        do {
          _ = try TrainedModel(file, methods: [BrightPixelDetector.self])
          return "none"
        } catch let error as ModelFileError { return error.description }
      }
      func fault(image: Tensor?) throws -> String {
        var file = good
        file.tensors["proof.2"] = image
        return try fault(in: file)
      }
      func fault(contents: some Encodable) throws -> String {
        var file = good
        try file.encode(contents, as: "proof")
        return try fault(in: file)
      }
      #expect(try fault(in: good) == "none")
      let missing = try fault(image: nil)
      #expect(missing.contains("an image of its proof is missing"))
      #expect(try fault(image: Tensor(shape: [2], scalars: [1, 2])) == missing)
      let nonsense = "its proof makes no sense"
      for (images, outcomes) in [(0, 0), (4, 3), (65, 65)] {
        let contents = Contents(
          images: .init(repeating: .init(), count: images),
          records: [.init(outcomes: .init(repeating: .init(), count: outcomes))])
        #expect(try fault(contents: contents).contains(nonsense))
      }
      #expect(try fault(contents: "text").contains("its proof cannot be read"))
    }
  }

  /// An image that cannot be decoded any more, or is of another size, verifies nothing.
  @Test func `is refused where its images are none`() async throws {
    try await withTemporaryFolder { folder in
      var file = try await self.file(of: trained(), in: folder)
      file.tensors["proof.1"] = try tensor(image(1).encoded())
      let large = try TrainedModel(file, methods: [BrightPixelDetector.self])
      await #expect(throws: ProofError.self) { try await large.inspector().verification() }
      file.tensors["proof.1"] = try tensor(Data([1, 2]))
      let broken = try TrainedModel(file, methods: [BrightPixelDetector.self])
      await #expect(throws: ImageFileError.self) { try await broken.inspector().verification() }
    }
  }
}

@Suite struct `Weights of 16 bits` {
  private func image(_ seed: Int) -> Image { colored(height: 16, width: 24, seed: UInt64(seed)) }

  private func halved(weight: Float) async throws -> (model: TrainedModel, largestChange: Float) {
    let model = try await TrainedModel.train(
      BrightPixels(weight: weight), on: ImageCollection((1...30).map(image)),
      framing: Framing(side: 16), run: TrainingRun())
    return try await model.halved(
      calibratedOn: ImageCollection((31...50).map(image)), run: TrainingRun())
  }

  /// 1.0004 has no neighbour of 16 bits but 1.
  @Test func `have a calibration and a fingerprint of their own`() async throws {
    let (model, change) = try await halved(weight: 1.0004)
    #expect(try (model.detector as? BrightPixelDetector)?.weight.scalars() == [1])
    #expect(abs(change - 4e-4) < 1e-6 && model.isHalved && model.calibrations.count == 1)
    let plain = try await halved(weight: 1).model
    // How high surroundings rise was measured before the weights were rounded.
    #expect(model.calibration.images == plain.calibration.images)
    #expect(try await model.inspector().verification().holds)
    let parts = model.provenance.fingerprint.parts
    #expect(parts["weights"] == "float16" && parts["settings"] == model.settings)
  }

  /// 10⁻⁷ lies between two numbers of 16 bits that are 6·10⁻⁸ apart.
  @Test func `are refused where they change scores`() async throws {
    await #expect(throws: CalibrationError.self) { try await halved(weight: 1e-7) }
  }
}
