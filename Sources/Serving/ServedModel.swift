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
  public private(set) var falseAlarms: Double?
  /// Whether that was said when the service was started, and stays.
  public let isFixed: Bool
  /// Whether it judges here as it did where it was calibrated; nil where it carries no proof.
  public let verification: Verification?
  /// Whether it is served even where a verdict could be another.
  let isUnverified: Bool
  /// Maps what comes.
  let batches: MapBatches

  /// Reads a model and makes it ready.
  ///
  /// - Parameters:
  ///   - path: Its file.
  ///   - name: Its name in addresses.
  ///   - device: Where it maps.
  ///   - falseAlarms: The share of good images that may be called anomalous; nil for the default, or what is
  ///     chosen later.
  ///   - together: How many images are mapped together; nil for what the device is worth.
  ///   - isUnverified: Whether it is served even where a verdict could be another than where it was calibrated.
  /// - Throws: What reading a model throws, naming the file; ``ServedModelError``.
  public init(
    contentsOf path: String, name: String, on device: Device, falseAlarms: Double?,
    together: Int? = nil, isUnverified: Bool = false
  ) async throws {
    let model = try TrainedModel(contentsOf: path)
    let inspector = try await naming(path) { try await model.inspector(on: device) }
    fingerprint = try model.fingerprint(of: inspector.calibration).digits
    verification = try await naming(path) {
      do {
        return try await inspector.verification(falseAlarms: falseAlarms)
      } catch ProofError.none { return nil }
    }
    if let verification, !verification.holds, !isUnverified {
      throw ServedModelError.judgesOtherwise(path, verification.summary)
    }
    self.isUnverified = isUnverified
    batches = try await MapBatches(inspector.mapper, most: together)
    isFixed = falseAlarms != nil
    self.inspector = inspector
    (self.path, self.name, self.falseAlarms) = (path, name, falseAlarms)
  }

  /// The scores above which images are called anomalous, and what that promises.
  public var threshold: Calibration.Threshold {
    inspector.calibration.threshold(falseAlarms: falseAlarms)
  }

  /// The same, its file renamed.
  func kept(as path: String) -> ServedModel {
    var model = self
    model.path = path
    return model
  }

  /// The same with another share of false alarms; as it is where that is fixed.
  func choosing(falseAlarms: Double?) -> ServedModel {
    guard !isFixed else { return self }
    var model = self
    model.falseAlarms = falseAlarms
    return model
  }
}

/// Why a model is not served.
public enum ServedModelError: Error, CustomStringConvertible, Equatable {
  /// A verdict could be another than where it was calibrated; with what was found.
  case judgesOtherwise(String, String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .judgesOtherwise(let path, let summary):
      "\(path): decides differently here than where it was calibrated: \(summary)"
    }
  }
}
