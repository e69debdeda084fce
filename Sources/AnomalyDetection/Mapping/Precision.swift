public import Tensors

/// What networks compute with where images are scored.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// 32 bits, the same on every device.
  case fp32
  /// As ``fp32``, with ten binary digits of what is multiplied; NVIDIA cards only.
  case tf32
  /// 16 bits with seven binary digits, which changes scores by about a hundredth.
  case bf16

  /// What the weights of networks are made of.
  package var scalarType: ScalarType { self == .bf16 ? .bfloat16 : .float32 }

  /// Checks that a device has it.
  package func check(_ device: Device) throws {
    guard self != .tf32 || device.kind == .cuda else { throw PrecisionError.notOnDevice(self) }
  }

  /// Readies a device for it.
  ///
  /// - Throws: ``PrecisionError`` where the device has it not.
  public func prepare(_ device: Device) throws {
    try check(device)
    try Runtime.allowTensorFloat32(self == .tf32)
  }
}

/// Nothing computes so.
public enum PrecisionError: Error, CustomStringConvertible, Equatable {
  /// The device does not.
  case notOnDevice(Precision)
  /// The method does not.
  case notOfMethod(Precision)

  /// One line for the user.
  public var description: String {
    switch self {
    case .notOnDevice(let precision):
      "precision \(precision.rawValue) needs an NVIDIA card; use fp32 on this device"
    case .notOfMethod(let precision):
      "precision \(precision.rawValue): this method computes in fp32 only; use fp32"
    }
  }
}
