package import Foundation

/// The JSON in front of the numbers of a safetensors file, checked.
package struct SafetensorsHeader {
  /// A tensor.
  package struct Entry: Sendable {
    package let type: ElementType
    package let shape: [Int]
    /// Bytes after the header.
    package let range: Range<Int>

    package init(type: ElementType, shape: [Int], range: Range<Int>) {
      (self.type, self.shape, self.range) = (type, shape, range)
    }
  }

  package var metadata: [String: String] = [:]
  package var entries: [String: Entry] = [:]

  package init(metadata: [String: String]) {
    self.metadata = metadata
  }

  /// Reads the header of a file: its length in eight bytes, and the JSON.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - limits: Of header, tensors and axes.
  /// - Returns: The header, and where the numbers begin.
  /// - Throws: ``FormatFault`` where anything is not as the format says: a type that is unknown, a
  ///   range that does not fit the shape, a name twice, tensors that overlap or leave gaps.
  package static func read(
    _ source: ByteSource, limits: Limits = .standard
  ) throws -> (header: SafetensorsHeader, start: Int) {
    var lengthReader = try ByteReader(source.bytes(at: 0, count: 8))
    let length = try lengthReader.number(bytes: 8)
    guard length <= limits.descriptionBytes else {
      throw FormatFault.malformed("not a safetensors file, or its header is damaged")
    }
    let start = 8 + Int(length)
    let header = try SafetensorsHeader(
      json: source.bytes(at: 8, count: Int(length)), limits: limits)
    let end = try header.checkedEnd().adding(start)
    guard end <= source.count else { throw FormatFault.truncated }
    guard end == source.count else {
      throw FormatFault.malformed("a safetensors file with something after its tensors")
    }
    return (header, start)
  }

  private init(json: Data, limits: Limits) throws {
    var scanner = JSONScanner(json)
    var (metadata, entries): ([String: String], [String: Entry]) = ([:], [:])
    try scanner.object { scanner, name in
      if name == "__metadata__" {
        try scanner.object { scanner, key in metadata[key] = try scanner.string() }
      } else {
        guard entries.count < limits.entries else {
          throw FormatFault.tooMuch("more than \(limits.entries) tensors")
        }
        entries[name] = try Entry(&scanner, name, limits)
      }
    }
    try scanner.end()
    (self.metadata, self.entries) = (metadata, entries)
  }

  /// Where the last tensor ends; before it they follow one another.
  private func checkedEnd() throws -> Int {
    var end = 0
    let inOrder = entries.values.map(\.range)
      .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    for range in inOrder {
      guard range.lowerBound == end else {
        throw FormatFault.malformed("a safetensors file whose tensors overlap or leave gaps")
      }
      end = range.upperBound
    }
    return end
  }

  /// The same contents give the same bytes.
  package func json() throws -> Data {
    var object: [String: Any] = [:]
    if !metadata.isEmpty { object["__metadata__"] = metadata }
    for (name, entry) in entries {
      object[name] = [
        "dtype": entry.type.rawValue, "shape": entry.shape,
        "data_offsets": [entry.range.lowerBound, entry.range.upperBound],
      ]
    }
    return try JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
  }
}

extension SafetensorsHeader.Entry {
  fileprivate init(_ scanner: inout JSONScanner, _ name: String, _ limits: Limits) throws {
    var (type, shape, offsets): (String?, [Int]?, [Int]?)
    try scanner.object { scanner, key in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": shape = try scanner.integers(limit: limits.axes)
      case "data_offsets": offsets = try scanner.integers(limit: 2)
      default: throw JSONScanner.malformed
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw JSONScanner.malformed
    }
    guard let known = ElementType(rawValue: type) else {
      throw FormatFault.unsuitable(
        "a safetensors file with numbers of type '\(type)', which is not read",
        instead: "save them as F32")
    }
    guard try offsets[1] - offsets[0] == shape.elements().times(known.size) else {
      throw FormatFault.malformed(
        "not a safetensors file, or a damaged one: a tensor does not fit its shape")
    }
    self.init(type: known, shape: shape, range: offsets[0]..<offsets[1])
  }
}
