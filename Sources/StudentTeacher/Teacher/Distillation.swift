import AnomalyDetection
import Networks
import Tensors

/// What a teacher distils: the features of a pretrained encoder, scaled, and the way to them.
struct Distillation {
  private let encoder: any Encoder
  private let encoderSide: Int
  private let scaling: FeatureScaling
  private let decoder: Decoder

  /// How many batches the scale of the features is measured on.
  private static let scalingBatches = 32

  /// Measures the encoder's features over the first batches.
  init(
    of encoder: any Encoder, encoderSide: Int, _ batches: BatchesAhead, _ run: TrainingRun
  ) async throws {
    let encoder: any Encoder = try encoder.map { try $0.to(run.device) }
    var all: [Tensor] = []
    for index in 0..<Self.scalingBatches {
      let patches = try await batches.batch(index).anchors.to(run.device)
      all.append(try Self.features(of: patches, encoder, encoderSide))
      try run.report("measuring features", step: index + 1, of: Self.scalingBatches)
    }
    self.encoder = encoder
    self.encoderSide = encoderSide
    scaling = try FeatureScaling(of: Tensor.concatenating(all))
    decoder = try Decoder(
      features: encoder.dimension, dimension: ReceptiveField.dimension, seed: run.seed &+ 1
    ).map { try $0.to(run.device).parameter() }
  }

  /// The weights of D, which are trained along with the teacher.
  var parameters: [Tensor] { decoder.parameters }

  /// L_k of descriptors N × 128 of patches N × 3 × p × p.
  func loss(of descriptors: Tensor, patches: Tensor) throws -> Tensor {
    let features = try scaling.scaled(Self.features(of: patches, encoder, encoderSide))
    return try distillationLoss(decoded: decoder(descriptors), features: features)
  }

  private static func features(
    of patches: Tensor, _ encoder: any Encoder, _ side: Int
  ) throws -> Tensor {
    try encoder.features(of: patches.resized(height: side, width: side, .bilinear))
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
