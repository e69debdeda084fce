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

  /// The longest header that is read; real ones stay below a megabyte.
  static let headerLimit = 100_000_000

  /// A file of the given contents.
  public init(metadata: [String: String] = [:], tensors: [String: Tensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Reads a file.
  ///
  /// The file is mapped while its tensors are copied out of it, and let go of afterwards: a file
  /// that is later truncated by others does no harm.
  ///
  /// - Throws: ``SafetensorsError`` that names the file.
  public init(contentsOf path: String) throws {
    guard let data = contents(ofFile: path) else { throw SafetensorsError.unreadable(path) }
    let (header, start) = try Self.header(of: data, path: path)
    metadata = header.metadata
    tensors = [:]
    for (name, entry) in header.entries {
      let range = start + entry.range.lowerBound..<start + entry.range.upperBound
      let make = { try Tensor(shape: entry.shape, type: entry.type, bytes: $0) }
      tensors[name] = try data.withUnsafeBytes { bytes in
        try make(UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
  }

  private static func header(
    of data: Data, path: String
  ) throws -> (SafetensorsHeader, start: Int) {
    guard data.count >= 8 else { throw SafetensorsError.truncated(path) }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= headerLimit else { throw SafetensorsError.foreign(path) }
    let start = 8 + Int(length)
    guard data.count >= start else { throw SafetensorsError.truncated(path) }
    guard let header = SafetensorsHeader(json: data.subdata(in: 8..<start)) else {
      throw SafetensorsError.foreign(path)
    }
    let end = header.entries.values.map(\.range.upperBound).max() ?? 0
    guard data.count >= start + end else { throw SafetensorsError.truncated(path) }
    guard data.count == start + end else { throw SafetensorsError.foreign(path) }
    return (header, start)
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
        type: tensor.type, shape: tensor.shape, range: body.count..<body.count + bytes.count)
      body.append(contentsOf: bytes)
    }
    let json = try header.json()
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    return length + json + body
  }
}

/// Why a safetensors file cannot be read.
public enum SafetensorsError: Error, CustomStringConvertible, Equatable {
  /// The file is missing or may not be read.
  case unreadable(String)
  /// The file ends before its tensors do.
  case truncated(String)
  /// The file is not in the safetensors format.
  case foreign(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .unreadable(let path):
      "\(path): cannot be read; check that the file exists and that you may read it"
    case .truncated(let path): "\(path): the file is cut short; copy it again"
    case .foreign(let path): "\(path): not a safetensors file, or a damaged one"
    }
  }
}

extension SafetensorsFile {
  /// Writes the file under a temporary name, syncs it, and renames it into place.
  public func write(to path: String) throws {
    try AtomicFile.write(encoded(), to: path)
  }
}
