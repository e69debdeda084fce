import CTensors

/// What the elements of a tensor are.
public enum ScalarType: Sendable, CaseIterable {
  /// 32-bit floating point.
  case float32
  /// 64-bit floating point, for statistics over many pixels.
  case float64
  /// IEEE half precision, for stored weights.
  case float16
  /// The upper half of a 32-bit number, for fast inference.
  case bfloat16
  /// 64-bit signed integers.
  case int64
  /// Bytes.
  case uint8
  /// True or false, one byte each.
  case bool

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32: 4
    case .float16, .bfloat16: 2
    case .uint8, .bool: 1
    }
  }

  var native: CTScalar {
    switch self {
    case .float32: CTFloat32
    case .float64: CTFloat64
    case .float16: CTFloat16
    case .bfloat16: CTBFloat16
    case .int64: CTInt64
    case .uint8: CTUInt8
    case .bool: CTBool
    }
  }

  init(_ native: CTScalar) {
    self = Self.allCases.first { $0.native == native } ?? .float32
  }
}
