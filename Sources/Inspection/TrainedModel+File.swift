public import AnomalyDetection
import Images
public import ModelFiles

extension TrainedModel {
  private struct Decision: Codable {
    /// The side of a plain framing; nil of others, so that a version that knows none refuses them.
    let imageSide: Int?
    let framing: Framing?
    let calibrations: [Calibration]
    let frames: FrameSummary
    let reading: ImageReading
    let learntFrom: [String]
    let settings: String
  }

  /// Writes the model, whole or not at all.
  public func write(to path: String) throws {
    var file = ModelFile(method: type(of: detector).method)
    try file.encode(
      Decision(
        imageSide: framing.isPlain ? framing.side : nil,
        framing: framing.isPlain ? nil : framing, calibrations: calibrations, frames: frames,
        reading: reading,
        learntFrom: learntFrom, settings: settings), as: "decision")
    try file.encode(provenance, as: "provenance")
    try detector.write(to: &file)
    try normalPatches?.write(to: &file)
    try proof?.write(to: &file)
    try file.write(to: path)
  }

  /// The model in a file that holds a detector of one of the given methods.
  ///
  /// - Parameters:
  ///   - file: The file, read and checked.
  ///   - methods: The detectors that may be in it.
  /// - Throws: ``ModelFileError``, and `WeightsError` where tensors do not fit the settings.
  public init(_ file: ModelFile, methods: [any AnomalyDetector.Type]) throws {
    guard let method = methods.first(where: { $0.method == file.method }) else {
      throw ModelFileError.damaged("its method '\(file.method)' is unknown to this version")
    }
    let decision = try file.decode(Decision.self, "decision")
    guard decision.imageSide.map(ModelBounds.imageSide.contains) ?? true,
      (decision.imageSide == nil) != (decision.framing == nil), decision.frames.isSound,
      let framing = decision.framing ?? decision.imageSide.map({ Framing(side: $0) })
    else {
      throw ModelFileError.damaged("its framing or its summary of good images makes no sense")
    }
    let provenance = try file.decode(Provenance.self, "provenance")
    guard provenance.makesSense, decision.learntFrom.count == provenance.trainingImages else {
      throw ModelFileError.damaged("its origin makes no sense")
    }
    let detector = try method.init(from: file)
    self.init(
      detector: detector, framing: framing,
      calibrations: decision.calibrations, frames: decision.frames, reading: decision.reading,
      normalPatches: try NormalPatches(
        from: file, framing: framing, describer: detector.describer),
      proof: try Proof(from: file), provenance: provenance, learntFrom: decision.learntFrom,
      settings: decision.settings)
  }
}
