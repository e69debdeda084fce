import Files
public import UninformedStudents

/// A model in memory, ready to inspect.
public struct ServedModel: Sendable {
  /// Its name in addresses.
  public let name: String
  /// Its file.
  public private(set) var path: String
  /// What tells it from others, as `students info` shows it.
  public let fingerprint: String
  /// What inspects.
  public let inspector: Inspector
  /// The share of good images that may be called anomalous; nil for the default.
  public let falseAlarms: Double?

  /// Reads a model and makes it ready.
  ///
  /// - Parameters:
  ///   - path: Its file.
  ///   - name: Its name in addresses.
  ///   - device: Where it maps.
  ///   - falseAlarms: The share of good images that may be called anomalous; nil for the default.
  /// - Throws: What reading a model throws, naming the file.
  public init(
    contentsOf path: String, name: String, on device: Device, falseAlarms: Double?
  ) async throws {
    let model = try TrainedModel(contentsOf: path)
    inspector = try await naming(path) { try await model.inspector(on: device) }
    fingerprint = try model.fingerprint(of: inspector.calibration).digits
    (self.path, self.name, self.falseAlarms) = (path, name, falseAlarms)
  }

  /// The same, its file renamed.
  func kept(as path: String) -> ServedModel {
    var model = self
    model.path = path
    return model
  }
}
