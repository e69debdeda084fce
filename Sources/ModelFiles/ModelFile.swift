import Files
import Foundation
public import Tensors

/// One fitted detector in one file: tensors, and settings by topic.
///
/// A safetensors file whose metadata says what it is: a format version, the name of the method, a
/// JSON text for each topic, and a checksum of everything. The extension is `.students`.
public struct ModelFile: Sendable {
  /// The format that this version reads and writes.
  public static let formatVersion = 2

  /// The name of the method that the detector is of.
  public let method: String
  /// The tensors by name.
  public var tensors: [String: Tensor] = [:]
  private var topics: [String: String] = [:]

  /// A file with nothing in it yet.
  public init(method: String) {
    self.method = method
  }

  /// Puts settings under a topic.
  public mutating func encode(_ value: some Encodable, as topic: String) throws {
    topics[topic] = try value.json()
  }

  /// The settings under a topic.
  ///
  /// - Throws: ``ModelFileError/damaged(_:)`` where they are missing or of another kind.
  public func decode<Value: Decodable>(_ type: Value.Type, _ topic: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let text = topics[topic],
      let value = try? decoder.decode(type, from: Data(text.utf8))
    else { throw ModelFileError.damaged("its \(topic) cannot be read") }
    return value
  }

  /// Whether there are settings under a topic.
  public func contains(_ topic: String) -> Bool { topics[topic] != nil }

  /// The settings under a topic as they stand in the file.
  func text(of topic: String) -> String? { topics[topic] }

  // MARK: - Reading and writing

  private static let prefix = "uninformed-students."

  /// Reads a file and checks that it is whole and of a version that is known.
  ///
  /// - Throws: ``ModelFileError`` or `FileContentError`, both naming the file.
  public init(contentsOf path: String) throws {
    try self.init(SafetensorsFile(contentsOf: path), path: path)
  }

  /// A file that was read; fuzzing goes past the checksum, or it would never see what is behind it.
  init(_ file: SafetensorsFile, path: String, checkingContents: Bool = true) throws {
    guard let version = file.metadata["\(Self.prefix)format"].flatMap(Int.init), version > 0,
      let method = file.metadata["\(Self.prefix)method"]
    else { throw ModelFileError.foreign(path) }
    guard version <= Self.formatVersion else { throw ModelFileError.newer(path, version) }
    guard version == Self.formatVersion else { throw ModelFileError.older(path, version) }
    self.method = method
    tensors = file.tensors
    for (key, text) in file.metadata where key.hasPrefix("\(Self.prefix)topic.") {
      topics[String(key.dropFirst("\(Self.prefix)topic.".count))] = text
    }
    guard checkingContents else { return }
    guard file.metadata["\(Self.prefix)checksum"] == (try checksum()) else {
      throw ModelFileError.altered(path)
    }
  }

  /// Writes the file, whole or not at all.
  public func write(to path: String) throws {
    var metadata = [
      "\(Self.prefix)format": String(Self.formatVersion), "\(Self.prefix)method": method,
      "\(Self.prefix)checksum": try checksum(),
    ]
    for (topic, text) in topics { metadata["\(Self.prefix)topic.\(topic)"] = text }
    try SafetensorsFile(metadata: metadata, tensors: tensors).write(to: path)
  }

  /// A checksum over the version, all names, settings and numbers.
  private func checksum() throws -> String {
    var checksum = Checksum()
    checksum.add("format \(Self.formatVersion)")
    checksum.add(method)
    for (topic, text) in topics.sorted(by: { $0.key < $1.key }) {
      checksum.add("\(topic)=\(text)")
    }
    try checksum.add(tensors)
    return checksum.text
  }
}

/// Why a file is no model that can be used.
public enum ModelFileError: Error, CustomStringConvertible, Equatable {
  /// The file is a safetensors file of something else.
  case foreign(String)
  /// The file was written by a newer version of the program.
  case newer(String, Int)
  /// The file was written by an older version of the program.
  case older(String, Int)
  /// The file is not as it was written.
  case altered(String)
  /// A part of the model is missing or makes no sense.
  case damaged(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .foreign(let path): "\(path): not a model of this program"
    case .newer(let path, let version):
      "\(path): has format \(version), newer than \(ModelFile.formatVersion); update the program"
    case .older(let path, let version):
      "\(path): has format \(version) of an older version of this program, whose calibration is no longer "
        + "trusted; train it again"
    case .altered(let path): "\(path): damaged or altered since it was written; copy it again"
    case .damaged(let what): "the model is damaged: \(what); train it again"
    }
  }
}
