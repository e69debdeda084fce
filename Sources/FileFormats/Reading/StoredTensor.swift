package import Foundation

/// The types of numbers that are read from files of tensors.
package enum ElementType: String, CaseIterable, Sendable {
  case float32 = "F32"
  case float64 = "F64"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case uint8 = "U8"
  case bool = "BOOL"

  /// Bytes of a number.
  package var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32: 4
    case .float16, .bfloat16: 2
    case .uint8, .bool: 1
    }
  }
}

/// A tensor whose numbers lie one after the other, in row-major order.
package struct StoredTensor: Sendable {
  package let type: ElementType
  package let shape: [Int]
  package let bytes: Data

  package init(type: ElementType, shape: [Int], bytes: Data) {
    (self.type, self.shape, self.bytes) = (type, shape, bytes)
  }

  /// Whether the bytes can be numbers of the type: any can, but a truth is 0 or 1.
  package var isSound: Bool { type != .bool || bytes.allSatisfy { $0 <= 1 } }
}
