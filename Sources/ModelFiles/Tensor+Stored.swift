import FileFormats
import Tensors

extension Tensor {
  /// A tensor of a file.
  init(_ stored: StoredTensor) throws {
    guard stored.isSound else {
      throw FormatFault.malformed("a truth value that is neither true nor false")
    }
    self = try stored.bytes.withUnsafeBytes {
      try Tensor(shape: stored.shape, type: ScalarType(stored.type), bytes: $0)
    }
  }
}

extension ScalarType {
  fileprivate init(_ type: ElementType) {
    switch type {
    case .float32: self = .float32
    case .float64: self = .float64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .bool: self = .bool
    }
  }
}

extension ElementType {
  init(_ type: ScalarType) {
    switch type {
    case .float32: self = .float32
    case .float64: self = .float64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .bool: self = .bool
    }
  }
}
