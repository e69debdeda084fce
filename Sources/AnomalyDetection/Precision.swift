public import Tensors

/// What networks compute with where images are scored.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// 32 bits, the same on every device.
  case fp32
  /// As ``fp32``, with ten binary digits of what is multiplied; NVIDIA cards only.
  case tf32
  /// 16 bits with seven binary digits, which changes scores by about a hundredth.
  case bf16

  /// What tensors are made of.
  public var scalarType: ScalarType { self == .bf16 ? .bfloat16 : .float32 }

  /// Readies a device for it.
  ///
  /// - Throws: ``PrecisionError`` where the device has it not.
  public func prepare(_ device: Device) throws {
    guard self != .tf32 || device == .cuda else { throw PrecisionError(precision: self) }
    try Runtime.allowTensorFloat32(self == .tf32)
  }
}

/// A device cannot compute so.
public struct PrecisionError: Error, CustomStringConvertible, Equatable {
  /// What was asked for.
  public let precision: Precision

  /// One line for the user.
  public var description: String {
    "precision \(precision.rawValue): only on an NVIDIA card; use fp32 on this device"
  }
}
