import AnomalyDetection
import Networks
import Tensors

/// What a teacher distils: the scaled features of pretrained encoders, and the way to them.
struct Distillation {
  private let features: EncoderFeatures
  private let decoder: Decoder

  /// How many batches the scale of the features is measured on.
  private static let scalingBatches = 32

  /// Measures the encoders' features over the first batches.
  init(
    of encoders: [any Encoder], encoderSide: Int, _ batches: BatchesAhead, _ run: TrainingRun
  ) async throws {
    var patches: [Tensor] = []
    for index in 0..<Self.scalingBatches {
      patches.append(try await batches.batch(index).anchors)
      try run.report("measuring features", step: index + 1, of: Self.scalingBatches)
    }
    features = try EncoderFeatures(
      of: encoders, side: encoderSide, scaledOn: patches, device: run.device)
    decoder = try Decoder(
      features: features.dimension, dimension: ReceptiveField.dimension, seed: run.seed &+ 1
    ).map { try $0.to(run.device).parameter() }
  }

  /// The weights of D, which are trained along with the teacher.
  var parameters: [Tensor] { decoder.parameters }

  /// L_k of descriptors N × 128 of patches N × 3 × p × p.
  func loss(of descriptors: Tensor, patches: Tensor) throws -> Tensor {
    try distillationLoss(decoded: decoder(descriptors), features: features(of: patches))
  }
}

/// What pretrained encoders say of patches, P in the paper: their pooled features, scaled and side
/// by side.
struct EncoderFeatures {
  private let encoders: [any Encoder]
  private let scalings: [FeatureScaling]
  private let side: Int

  /// Encoders that see patches enlarged to `side`, scaled by what they say of batches of them.
  init(
    of encoders: [any Encoder], side: Int, scaledOn batches: [Tensor], device: Device
  ) throws {
    let onDevice: [any Encoder] = try encoders.map { try $0.map { try $0.to(device) } }
    scalings = try onDevice.map { encoder in
      try FeatureScaling(
        of: Tensor.concatenating(
          batches.map { try encoder.features(ofPatches: $0.to(device), side: side) }))
    }
    self.encoders = onDevice
    self.side = side
  }

  /// The number of features of all encoders together.
  var dimension: Int { encoders.reduce(0) { $0 + $1.dimension } }

  /// Features N × ``dimension`` of patches N × 3 × p × p; those of each encoder have a mean square
  /// of 1.
  func callAsFunction(of patches: Tensor) throws -> Tensor {
    try Tensor.concatenating(
      zip(encoders, scalings).map { encoder, scaling in
        try scaling.scaled(encoder.features(ofPatches: patches, side: side))
      }, axis: 1)
  }
}

extension Encoder {
  fileprivate func features(ofPatches patches: Tensor, side: Int) throws -> Tensor {
    try features(of: patches.resized(height: side, width: side, .bilinear))
  }
}

/// Features centred one by one and divided by a common scale, so that their mean square is 1.
///
/// One common scale: with a scale for each feature the rare ones would dominate the loss.
struct FeatureScaling {
  private let mean: Tensor
  private let deviation: Tensor

  init(of features: Tensor) throws {
    mean = try features.mean(over: [0], keepingAxes: true)
    deviation = try (features - mean).squared().mean().squareRoot()
  }

  func scaled(_ features: Tensor) throws -> Tensor {
    try (features - mean) / deviation
  }
}
