public import AnomalyDetection
import Evaluation
import Files
import Foundation

/// What the scores of good images that were held out say of a new score.
///
/// Split-conformal (Vovk et al. 2005): if a new good image is as likely as those held out to have the
/// highest score of all, it lies above the k-th highest of n with probability at most k / (n + 1). That
/// asks for a score that depends on none of them, which ``AnomalyMethod/fit(_:run:)`` sees to: it is given
/// the training images alone.
public struct Calibration: Codable, Sendable, Equatable {
  /// How the scored images were chosen.
  public enum Kind: String, Codable, Sendable {
    /// They were held out: the rates hold exactly, on average over calibrations.
    case heldOut
    /// Each was held out of one of several folds and scored by a detector of the others; the model has
    /// learnt from all. The rates hold about (Vovk 2015, cross-conformal prediction): a detector that
    /// has learnt from more images scores good ones lower, if anything.
    case cross
  }

  /// A good image and what it scores.
  public struct ScoredImage: Codable, Sendable, Equatable {
    /// What people call it, such as its file's name.
    public let name: String
    /// Its score: see ``ImageScoring``.
    public let score: Float
    /// The mean score of its pixels.
    public let mean: Float
    /// The score of its most anomalous pixel.
    public let peak: Float

    /// A scored image.
    ///
    /// - Parameters:
    ///   - name: What people call it.
    ///   - score: Its score.
    ///   - mean: The mean score of its pixels.
    ///   - peak: The score of its most anomalous pixel; nil where that is its score.
    public init(name: String, score: Float, mean: Float, peak: Float? = nil) {
      self.name = name
      self.score = score
      self.mean = mean
      self.peak = peak ?? score
    }

    /// Reads what was encoded; without a peak it is the score.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        name: try values.decode(String.self, forKey: .name),
        score: try values.decode(Float.self, forKey: .score),
        mean: try values.decode(Float.self, forKey: .mean),
        peak: try values.decodeIfPresent(Float.self, forKey: .peak))
    }

    /// Writes it as older versions did where the peak is the score: the fingerprints of their models stay.
    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(name, forKey: .name)
      try values.encode(score, forKey: .score)
      try values.encode(mean, forKey: .mean)
      if peak != score { try values.encode(peak, forKey: .peak) }
    }

    private enum CodingKeys: CodingKey { case name, score, mean, peak }
  }

  /// The share of an image's pixels whose mean is its score, unless the caller chooses.
  ///
  /// Whatever is wrong in an image covers more than one pixel of its map, as every score looks at a
  /// patch; the highest of 65,536 pixels is rather what one odd pixel says.
  public static let defaultTopShare = 0.003

  /// The images, by ascending score.
  public let images: [ScoredImage]
  /// Up to which score a new image counts as no more anomalous than each image, ascending; see
  /// ``levels(of:)``.
  package let levels: [Float]
  /// The same of the peaks of all images, ascending.
  private let peakLevels: [Float]
  /// How the scores are taken from maps.
  public let scoring: ImageScoring
  /// How they were chosen.
  public let kind: Kind
  /// What the scores were computed with; they say nothing about others.
  public let precision: Precision
  /// At how many pixels descriptors were computed; nil for methods that leave no choice.
  public let density: Density?

  /// The calibration of these images.
  ///
  /// - Precondition: There is at least one, and all numbers are finite.
  public init(
    _ images: [ScoredImage], scoring: ImageScoring = ImageScoring(topShare: 0),
    kind: Kind = .heldOut, precision: Precision = .fp32, density: Density? = nil
  ) {
    precondition(Self.areSound(images), "\(images)")
    self.images = images.sorted { ($0.score, $0.name) < ($1.score, $1.name) }
    levels = Self.levels(of: self.images.map(\.score))
    peakLevels = Self.levels(of: images.map(\.peak).sorted())
    self.scoring = scoring
    self.kind = kind
    self.precision = precision
    self.density = density
  }

  /// Reads what was encoded, and refuses what is no calibration.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    images = try values.decode([ScoredImage].self, forKey: .images)
    let topShare = try values.decodeIfPresent(Double.self, forKey: .topShare) ?? 0
    let surroundings = try values.decodeIfPresent(Float.self, forKey: .surroundings)
    kind = try values.decode(Kind.self, forKey: .kind)
    precision = try values.decode(Precision.self, forKey: .precision)
    density = try values.decodeIfPresent(Density.self, forKey: .density)
    guard Self.areSound(images), (0...1).contains(topShare), surroundings?.isFinite ?? true,
      zip(images, images.dropFirst()).allSatisfy({ $0.score <= $1.score })
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no ascending finite scores"))
    }
    scoring = ImageScoring(topShare: topShare, surroundings: surroundings)
    levels = Self.levels(of: images.map(\.score))
    peakLevels = Self.levels(of: images.map(\.peak).sorted())
  }

  /// Writes it as older versions did where a score is that of one pixel: the fingerprints of their models
  /// stay.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(images, forKey: .images)
    if scoring.topShare > 0 { try values.encode(scoring.topShare, forKey: .topShare) }
    try values.encodeIfPresent(scoring.surroundings, forKey: .surroundings)
    try values.encode(kind, forKey: .kind)
    try values.encode(precision, forKey: .precision)
    try values.encodeIfPresent(density, forKey: .density)
  }

  /// Levels are computed from scores.
  private enum CodingKeys: CodingKey {
    case images, topShare, surroundings, kind, precision, density
  }

  /// How much the score of one image differs between processors, devices and libraries at the most, as a
  /// share of it: they add up in another order.
  private static let rounding: Float = 1e-4

  /// Scores, each raised by what another machine rounds otherwise, but at most halfway to the next.
  ///
  /// A decision compares with these: an image with the very score of the threshold, such as the calibration
  /// image that gave it, is then good on every machine. Raising a threshold calls fewer good images
  /// anomalous, so that what is promised stays true.
  private static func levels(of scores: [Float]) -> [Float] {
    var (levels, next) = (scores, Float.greatestFiniteMagnitude)
    for place in scores.indices.reversed() {
      let score = scores[place]
      if place + 1 < scores.count, scores[place + 1] > score { next = scores[place + 1] }
      levels[place] = score + min(rounding * abs(score), (next - score) / 2)
    }
    return levels
  }

  private static func areSound(_ images: [ScoredImage]) -> Bool {
    !images.isEmpty
      && images.allSatisfy { $0.score.isFinite && $0.mean.isFinite && $0.peak.isFinite }
  }

  /// The scores of the images, ascending.
  public var scores: [Float] { images.map(\.score) }

  /// The mean score of a pixel of a good image.
  public var ordinaryScore: Float {
    Float(images.reduce(0) { $0 + Double($1.mean) } / Double(images.count))
  }

  /// The same without some of its images.
  ///
  /// For images that a person has inspected and found not to be good: taking out good ones because they
  /// score high breaks the promise.
  ///
  /// - Parameter names: The images, by their names or by the last parts of these.
  /// - Returns: The calibration of the others.
  /// - Throws: ``CalibrationError`` where there is no such image, or none is left.
  public func leavingOut(_ names: [String]) throws -> Calibration {
    let rest = try Self.numbers(of: images.map(\.name), leavingOut: names)
    return Calibration(
      rest.map { images[$0] }, scoring: scoring, kind: kind, precision: precision,
      density: density)
  }

  /// The numbers of those images that are not left out.
  static func numbers(of images: [String], leavingOut names: [String]) throws -> [Int] {
    var rest = Array(images.indices)
    for name in names {
      let matches = { (number: Int) in
        images[number] == name || images[number].hasSuffix("/\(name)")
      }
      guard images.indices.contains(where: matches) else {
        throw CalibrationError.noSuchImage(name, among: images)
      }
      rest.removeAll(where: matches)
    }
    guard !rest.isEmpty else { throw CalibrationError.noneLeft }
    return rest
  }
}

// MARK: - Decisions

extension Calibration {
  /// The least rate of false alarms that this many images can promise: 1 / (n + 1).
  public var leastFalseAlarms: Double { 1 / Double(images.count + 1) }

  /// The rate of false alarms unless the caller chooses: 1 in 100, or the least that can be promised.
  public var defaultFalseAlarms: Double { max(0.01, leastFalseAlarms) }

  /// The score above which an image is called anomalous.
  public struct Threshold: Codable, Sendable, Equatable {
    /// Scores above this are anomalous: that of a good image, and a ten-thousandth of it more, for
    /// machines that round otherwise.
    public let score: Float
    /// Pixels of an anomalous image that score above this are marked.
    ///
    /// As many good images of the calibration have a pixel above it as score above ``score``. In none of
    /// them is anything marked: see ``Verdict/level``.
    public let pixel: Float
    /// The share of good images that will at most be called anomalous, on average over calibrations.
    public let falseAlarms: Double
    /// What this one calibration may really give: in 95 of 100 calibrations it is no more.
    public let falseAlarmsAtMost: Double
  }

  /// The threshold for a rate of false alarms, or for the least rate that can be promised.
  ///
  /// - Parameter falseAlarms: In 0…1; nil for ``defaultFalseAlarms``. What is promised may be less than
  ///   asked for, as n images know only n rates.
  /// - Returns: The threshold, and what it promises.
  public func threshold(falseAlarms: Double? = nil) -> Threshold {
    let count = images.count
    let asked = falseAlarms ?? defaultFalseAlarms
    // The rank from the top that the rate allows, at least the highest score; the small surplus
    // keeps 0.1 × 10 from rounding to 0.
    let allowed = (asked * Double(count + 1) + 1e-9).rounded(.down)
    let rank = allowed >= 1 ? Int(min(allowed, Double(count))) : 1
    return Threshold(
      score: levels[count - rank], pixel: peakLevels[count - rank],
      falseAlarms: Double(rank) / Double(count + 1),
      falseAlarmsAtMost: betaQuantile(0.95, successes: rank, of: count))
  }

  /// How likely a good image is to score at least this high, at the most.
  ///
  /// - Parameter score: The score of an image.
  /// - Returns: (1 + the number of scored images with at least this score) / (n + 1).
  public func pValue(of score: Float) -> Double {
    Double(1 + levels.count { $0 >= score }) / Double(levels.count + 1)
  }
}

// MARK: - Odd images

extension Calibration {
  /// Whether a score lies far below those of all good images: twice as far below the lowest as that lies
  /// below their median.
  func unlikeness(of score: Float) -> [String] {
    guard images.count >= 5 else { return [] }
    let (lowest, median) = (scores[0], Self.median(scores))
    return score < lowest - 2 * (median - lowest)
      ? ["a score far below those of all good images"] : []
  }

  /// A good image that scores so unusually that a person should look at it.
  public struct Suspect: Codable, Sendable, Equatable {
    /// What people call it.
    public let name: String
    /// Its score.
    public let score: Float
    /// How far it lies above the median, in robust deviations (1.4826 × the median distance from the
    /// median, which is the standard deviation of a normal distribution).
    public let deviations: Double
  }

  /// The images that score most unusually, the oddest first.
  ///
  /// One of them among few rules the threshold: everything that scores less is called good. Fewer than
  /// five images do not tell what is usual.
  public var suspects: [Suspect] {
    guard images.count >= 5 else { return [] }
    return unusual.filter { $0.deviations > Self.unusualDeviations }
  }

  /// All images with how far they lie above the median, the highest first.
  public var unusual: [Suspect] {
    let median = Self.median(scores)
    let spread = 1.4826 * Self.median(scores.map { abs($0 - median) })
    return images.reversed().map {
      Suspect(
        name: $0.name, score: $0.score,
        deviations: spread > 0 ? Double(($0.score - median) / spread) : 0)
    }
  }

  /// The scores of good images spread like extreme values: 1 in 400 lies that far out.
  private static let unusualDeviations = 5.0

  private static func median(_ values: [Float]) -> Float {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

/// Why a calibration cannot be used.
public enum CalibrationError: Error, CustomStringConvertible, Equatable {
  /// No image of that name was scored; with those that were.
  case noSuchImage(String, among: [String])
  /// All images were to be left out.
  case noneLeft
  /// Scores would be computed otherwise than those that they are to be compared with; with the options of
  /// each execution that the model is calibrated for.
  case notCalibrated(precision: Precision, density: Density?, for: [[String]])
  /// Rounding the weights changes scores by such a share of them.
  case changedByHalving(Float)

  /// One line for the user.
  public var description: String {
    switch self {
    case .noSuchImage(let name, let names):
      "\(name): not among the calibration images (\(firstFew(names))); check the name"
    case .changedByHalving(let share):
      "weights of 16 bits change a score by \(String(format: "%.1e", Double(share))) of its value, more than "
        + "\(TrainedModel.mostHalvingChange); keep 32 bits"
    case .noneLeft: "no image would be left to calibrate on; leave out fewer"
    case .notCalibrated(let precision, let density, let others):
      "calibrated for \(others.map { $0.joined(separator: " ") }.joined(separator: ", ")), not for "
        + [precision.rawValue, density?.rawValue].compactMap(\.self).joined(separator: " ")
    }
  }
}
