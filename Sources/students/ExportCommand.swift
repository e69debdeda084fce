import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students export`.
struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model as ONNX, for ONNX Runtime, OpenVINO and others.",
    discussion: """
      The graph decides as 'students inspect' does. With --input, the size of the camera's frames, \
      it takes their bytes as they are (N x height x width x 3, RGB) and resizes them itself. \
      Other programs resize differently, which causes false alarms. Without --input, it takes N x \
      3 x side x side numbers from 0 to 1, and its caller must resize as this program does.

      Outputs: anomaly_map, score, threshold, is_anomalous, p_value and level (pixels above it are \
      marked). The file also contains what the model says of itself: fingerprint, calibration \
      scores, promised rate, and the preprocessing in words.

      --check writes the verdicts to expect on the images of a folder; \
      Examples/python/check_onnx.py compares them with those of ONNX Runtime and OpenVINO.

      Models of student-teacher, knn, kmeans, ocsvm and ae can be exported, with density full or \
      strided.

      Examples:
        students export part.students -o part.onnx --input 1000x800
        students export part.students -o part.onnx --input 1000x800 --check parts/test/good
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Option(name: .shortAndLong, help: "The ONNX file to write.")
  var output: String

  @Option(help: "The size of the camera's frames.", in: .frameSize)
  var input: FrameSize?

  @Option(help: FalseAlarms.help, in: .share)
  var falseAlarms: Double?

  @Option(help: "The density of the maps; the model must be calibrated for it.")
  var density: Density?

  @Flag(
    help: ArgumentHelp(
      "Store weights with 16 bits, in half the space; the graph still computes with 32.",
      discussion: "For a model that 'students calibrate --half' has rounded and calibrated."))
  var half = false

  @Option(
    help: ArgumentHelp(
      "Write the verdicts to expect on these images as OUTPUT.check.json.",
      valueName: "folder"))
  var check: String?

  @OptionGroup var compute: ComputeOptions

  func run() async throws {
    let device = try compute.prepared()
    let trained = try TrainedModel(contentsOf: model)
    try AtomicFile.checkWritable(output)
    let camera = input.map { CameraFormat(height: $0.height, width: $0.width) }
    let bytes = try naming(model) {
      try trained.onnx(
        camera: camera, falseAlarms: falseAlarms, density: density, storesHalf: half)
    }
    let inspector = try await naming(model) {
      try await trained.inspector(on: device, density: density)
    }
    FalseAlarms.tellLeast(of: inspector.calibration, asked: falseAlarms)
    let expected = check == nil ? nil : "\(output).check.json"
    if let expected { try AtomicFile.checkWritable(expected) }
    try AtomicFile.write(bytes, to: output)
    complain(
      "\(output): written, \((Double(bytes.count) / 1e6).formatted(.number.precision(.fractionLength(1)))) MB. "
        + inspector.calibration.threshold(falseAlarms: falseAlarms).promise(
          of: inspector.calibration))
    guard let check, let expected else { return }
    let verdicts = try await expectations(on: check, inspector)
    try AtomicFile.write(Data(try verdicts.json().utf8), to: expected)
    complain("\(expected): written, the verdicts to expect on \(verdicts.count) images")
  }

  /// What the receiver should get on an image.
  private struct Expectation: Encodable {
    let image: String
    let score: Float
    let threshold: Float
    let isAnomalous: Bool
    let pValue: Double
  }

  private func expectations(
    on folder: String, _ inspector: Inspector
  ) async throws -> [Expectation] {
    let paths = try ImageFolder(folder)
    for note in paths.notes { complain(note) }
    let images = ImageCollection(
      paths, maxPixels: compute.maxPixels, reading: inspector.model.reading)
    let display = ProgressDisplay()
    var expectations: [Expectation] = []
    for try await result in inspector.verdicts(on: images, falseAlarms: falseAlarms) {
      let path = paths.paths[expectations.count]
      let (image, verdict) = try result.get()
      if let input, (image.height, image.width) != (input.height, input.width) {
        throw CommandError(
          "\(path): \(image.width) × \(image.height) pixels, but the frames of --input have "
            + "\(input.width) × \(input.height); give images of that size")
      }
      expectations.append(
        Expectation(
          image: path, score: verdict.score, threshold: verdict.threshold.score,
          isAnomalous: verdict.isAnomalous, pValue: verdict.pValue))
      display.show("checking", expectations.count, paths.paths.count)
    }
    return expectations
  }
}

/// Width and height in one word, such as `1000x800`.
struct FrameSize: LosslessStringConvertible {
  let width: Int
  let height: Int

  init?(_ text: String) {
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
      Int($0)
    }
    guard sides.count == 2, let width = sides[0], let height = sides[1],
      (1...1 << 15).contains(width), (1...1 << 15).contains(height)
    else { return nil }
    (self.width, self.height) = (width, height)
  }

  var description: String { "\(width)x\(height)" }
}
