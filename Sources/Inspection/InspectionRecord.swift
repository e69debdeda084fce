import AnomalyDetection
public import Images

/// What is written down of an inspected image: the lines of `students inspect --json`.
public struct InspectionRecord: Codable, Sendable, Equatable {
  /// A decision.
  public enum Decision: String, Codable, Sendable {
    /// No more unusual than the rate of false alarms allows.
    case good
    /// Above the threshold.
    case anomalous
  }

  /// What the image is called, such as its file.
  public let image: String
  /// The fingerprint of the model, as `students info` shows it.
  public let model: String
  /// What was decided.
  public let decision: Decision
  /// The score of the image, the mean of the pixels that stand out most.
  public let score: Float
  /// What the score was compared with.
  public let threshold: Float
  /// Above which score pixels are marked, and make regions; nil in records of versions without it, where
  /// that is the threshold.
  public let level: Float?
  /// The share of good images that this threshold calls anomalous at most, on average over
  /// calibrations.
  public let falseAlarms: Double
  /// How likely a good image is to score at least as high, at the most.
  public let pValue: Double
  /// Pixels in a row of the image.
  public let width: Int
  /// Rows of the image.
  public let height: Int
  /// The part of the image that was inspected; nil for all of it.
  public let lookedAt: Rectangle?
  /// The share of that part whose pixels never decide; nil where all do.
  public let ignored: Double?
  /// The parts of the image above the level, the worst first, in pixels of the image.
  public private(set) var regions: [AnomalousRegion]
  /// Why the image is unlike the good ones as a whole; often empty.
  public let unlike: [String]
  /// What was left out of the image's file.
  public let notes: [String]
  /// The file of its heat map, where one was written.
  public var heatmap: String?
  /// Why its heat map could not be written.
  public var heatmapError: String?
  /// The file of the image that explains it, where one was written.
  public var explanation: String?
  /// Why that image could not be written.
  public var explanationError: String?
  /// The file of its scores, where one was written.
  public var map: String?
  /// Why its scores could not be written.
  public var mapError: String?

  /// The record of an inspection.
  ///
  /// - Parameters:
  ///   - verdict: What was found.
  ///   - image: The image as it was decoded.
  ///   - name: What it is called.
  ///   - model: The fingerprint of the model.
  public init(_ verdict: Verdict, of image: Image, named name: String, model: String) {
    self.image = name
    self.model = model
    decision = verdict.isAnomalous ? .anomalous : .good
    score = verdict.score
    threshold = verdict.threshold.score
    level = verdict.level
    falseAlarms = verdict.threshold.falseAlarms
    pValue = verdict.pValue
    width = image.width
    height = image.height
    lookedAt = verdict.placement.isWhole ? nil : verdict.placement.part
    ignored = verdict.ignoredShare
    regions = verdict.regions
    unlike = verdict.unlike
    notes = image.notes
  }

  /// The record without what explains its regions.
  public func removingExplanations() -> InspectionRecord {
    var record = self
    for number in regions.indices {
      record.regions[number].causes = nil
      record.regions[number].similar = nil
    }
    return record
  }
}
