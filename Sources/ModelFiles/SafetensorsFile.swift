package import FileFormats
import Files
public import Foundation
public import Tensors

/// Named tensors and text in one file of the safetensors format.
///
/// Eight bytes give the length of a JSON header, which names each tensor with its type, shape and
/// place; the numbers follow. Nothing in such a file is executed. Reading checks the header
/// against the file before any tensor is made.
public struct SafetensorsFile: Sendable {
  /// Free text by key, `__metadata__` in the header.
  public var metadata: [String: String]
  /// The tensors by name.
  public var tensors: [String: Tensor]

  /// A file of the given contents.
  public init(metadata: [String: String] = [:], tensors: [String: Tensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Reads a file.
  ///
  /// - Throws: `FileContentError` that names the file.
  public init(contentsOf path: String) throws {
    self = try naming(path) { try Self(ByteSource(contentsOf: path)) }
  }

  /// Reads bytes.
  ///
  /// - Throws: `FormatFault`.
  package init(_ source: ByteSource) throws {
    let (header, start) = try SafetensorsHeader.read(source)
    metadata = header.metadata
    tensors = try header.entries.mapValues { entry in
      let bytes = try source.bytes(at: start + entry.range.lowerBound, count: entry.range.count)
      return try Tensor(StoredTensor(type: entry.type, shape: entry.shape, bytes: bytes))
    }
  }

  /// The bytes of the file.
  ///
  /// The same contents give the same bytes: tensors lie in the order of their names.
  public func encoded() throws -> Data {
    let names = tensors.keys.sorted()
    var header = SafetensorsHeader(metadata: metadata)
    var body = Data()
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let bytes = try tensor.bytes()
      header.entries[name] = .init(
        type: ElementType(tensor.type), shape: tensor.shape,
        range: body.count..<body.count + bytes.count)
      body.append(contentsOf: bytes)
    }
    let json = try header.json()
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    return length + json + body
  }

  /// Writes the file under a temporary name, syncs it, and renames it into place.
  public func write(to path: String) throws {
    try AtomicFile.write(encoded(), to: path)
  }
}
