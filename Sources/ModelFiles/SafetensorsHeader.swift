import Foundation
import Tensors

/// The JSON in front of the numbers, checked.
struct SafetensorsHeader {
  struct Entry {
    let type: ScalarType
    let shape: [Int]
    /// Bytes after the header.
    let range: Range<Int>
  }

  var metadata: [String: String] = [:]
  var entries: [String: Entry] = [:]

  init(metadata: [String: String]) {
    self.metadata = metadata
  }

  /// Nil where anything is not as the format says: a type that is unknown, a range that does not
  /// fit the shape, tensors that overlap or leave gaps.
  init?(json: Data) {
    guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else {
      return nil
    }
    for (name, value) in object {
      if name == "__metadata__" {
        guard let text = value as? [String: String] else { return nil }
        metadata = text
      } else {
        guard let fields = value as? [String: Any], let entry = Entry(fields) else { return nil }
        entries[name] = entry
      }
    }
    var end = 0
    let inOrder = entries.values.map(\.range)
      .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    for range in inOrder {
      guard range.lowerBound == end else { return nil }
      end = range.upperBound
    }
  }

  func json() throws -> Data {
    var object: [String: Any] = [:]
    if !metadata.isEmpty { object["__metadata__"] = metadata }
    for (name, entry) in entries {
      object[name] = [
        "dtype": entry.type.safetensorsName, "shape": entry.shape,
        "data_offsets": [entry.range.lowerBound, entry.range.upperBound],
      ]
    }
    return try JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
  }
}

extension SafetensorsHeader.Entry {
  fileprivate init?(_ fields: [String: Any]) {
    guard let name = fields["dtype"] as? String,
      let type = ScalarType.allCases.first(where: { $0.safetensorsName == name }),
      let shape = fields["shape"] as? [Int], shape.allSatisfy({ $0 >= 0 }),
      let offsets = fields["data_offsets"] as? [Int], offsets.count == 2,
      offsets[0] >= 0, offsets[1] >= offsets[0]
    else { return nil }
    var size = type.size
    for side in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: side)
      guard !overflow else { return nil }
      size = product
    }
    guard offsets[1] - offsets[0] == size else { return nil }
    self.init(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }
}

extension ScalarType {
  fileprivate var safetensorsName: String {
    switch self {
    case .float32: "F32"
    case .float64: "F64"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }
}
