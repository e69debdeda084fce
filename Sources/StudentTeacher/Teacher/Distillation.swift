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
    of encoders: [any Encoder], encoderSide: Int, scaling: FeatureScaling,
    _ batches: MadeAhead<PhotoPatches.Batch>,
    _ run: TrainingRun
  ) async throws {
    var patches: [Tensor] = []
    for index in 0..<Self.scalingBatches {
      patches.append(try await batches.item(index).anchors)
      try run.report("measuring features", step: index + 1, of: Self.scalingBatches)
    }
    features = try EncoderFeatures(
      of: encoders, side: encoderSide, scaling, scaledBy: patches, device: run.device)
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
  private let scalers: [FeatureScaler]
  private let side: Int

  /// Encoders that see patches enlarged to `side`, scaled by what they say of batches of them.
  init(
    of encoders: [any Encoder], side: Int, _ scaling: FeatureScaling = .common,
    scaledBy batches: [Tensor], device: Device
  ) throws {
    let onDevice: [any Encoder] = try encoders.map { try $0.map { try $0.to(device) }.frozen() }
    scalers = try onDevice.map { encoder in
      try FeatureScaler(
        of: Tensor.concatenating(
          batches.map { try encoder.features(ofPatches: $0.to(device), side: side) }), scaling)
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
      zip(encoders, scalers).map { encoder, scaler in
        try scaler.scaled(encoder.features(ofPatches: patches, side: side))
      }, axis: 1)
  }
}

extension Encoder {
  fileprivate func features(ofPatches patches: Tensor, side: Int) throws -> Tensor {
    try features(of: patches.resized(height: side, width: side, .bilinear))
  }
}

/// By what the features of an encoder are divided, after they were centred one by one.
public enum FeatureScaling: String, Sendable, Codable, CaseIterable {
  /// By one scale, so that features that vary more weigh more in the loss.
  case common
  /// Each by its own deviation, so that all weigh the same.
  case each
}

/// Features centred one by one and scaled, so that their mean square is 1.
private struct FeatureScaler {
  private let mean: Tensor
  private let deviation: Tensor

  init(of features: Tensor, _ scaling: FeatureScaling) throws {
    mean = try features.mean(over: [0], keepingAxes: true)
    let squares = try (features - mean).squared()
    deviation =
      switch scaling {
      case .common: try squares.mean().squareRoot()
      // A feature that never moves stays at zero.
      case .each: try squares.mean(over: [0], keepingAxes: true).maximum(1e-8).squareRoot()
      }
  }

  func scaled(_ features: Tensor) throws -> Tensor {
    try (features - mean) / deviation
  }
}
