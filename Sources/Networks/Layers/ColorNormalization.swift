public import Tensors

/// The scaling of colours that networks trained on ImageNet expect.
public enum ColorNormalization {
  /// The mean of red, green and blue over ImageNet, in 0…1.
  static let mean: [Float] = [0.485, 0.456, 0.406]
  /// Their standard deviations.
  static let deviation: [Float] = [0.229, 0.224, 0.225]

  /// Images N × 3 × H × W in 0…1 with each colour centred and scaled.
  public static func normalized(_ images: Tensor) throws -> Tensor {
    let mean = try Tensor(shape: [1, 3, 1, 1], scalars: mean).to(images.device)
    let deviation = try Tensor(shape: [1, 3, 1, 1], scalars: deviation).to(images.device)
    return try (images - mean) / deviation
  }
}
