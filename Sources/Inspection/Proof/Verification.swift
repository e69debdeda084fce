public import AnomalyDetection
import Foundation
public import Tensors

/// How much a model judges otherwise here than where it was calibrated.
public struct Verification: Codable, Sendable, Equatable {
  /// What was said of an image of the proof there and here.
  public struct Comparison: Codable, Sendable, Equatable {
    /// What people call it.
    public let image: String
    /// Its score where the model was calibrated.
    public let recorded: Float
    /// Its score here.
    public let score: Float
    /// Whether the scores of all pixels are the same, to the bit.
    public let isEqual: Bool
  }

  /// Where it was mapped.
  public let device: Device
  /// With what.
  public let precision: Precision
  /// At how many pixels.
  public let density: Density?
  /// The images of the proof.
  public let images: [Comparison]
  /// The largest difference of a score.
  public let largestDifference: Float
  /// The same as a share of the recorded score.
  public let largestShare: Float
  /// The score above which images are anomalous.
  public let threshold: Float
  /// How far it lies from the nearest score of the calibration.
  public let margin: Float
  /// The images of the calibration that lie so near to the threshold that such a difference could
  /// change what is decided about them.
  public let couldChange: [String]

  /// Whether no verdict of the calibration changes by what is computed otherwise here.
  public var holds: Bool { couldChange.isEmpty }

  /// One line for the user.
  public var summary: String {
    let equal = images.count { $0.isEqual }
    let kind = [precision.rawValue, density?.rawValue].compactMap(\.self).joined(separator: " ")
    guard equal < images.count else {
      return
        "\(kind) on \(device): \(equal) of \(images.count) maps equal to the last bit, so every verdict is the same"
    }
    let found = "\(kind) on \(device): scores differ by \(Self.share(largestShare)) at most"
    guard !holds else {
      return found + ", too little to change a verdict (the nearest good image lies "
        + "\(Self.share(margin / max(abs(threshold), .leastNormalMagnitude))) from the threshold)"
    }
    return found
      + ", which could change the verdict on \(couldChange.count) of the good images that the "
      + "model is calibrated on, and on others like them"
  }

  private static func share(_ value: Float) -> String {
    value == 0 ? "0" : String(format: "%.1e", Double(value))
  }
}

extension Inspector {
  /// Scores the images of the model's proof again.
  ///
  /// - Parameters:
  ///   - falseAlarms: The share of good images that may be called anomalous; nil for
  ///     ``Calibration/defaultFalseAlarms``.
  ///   - progress: Told how many of how many images are done.
  /// - Returns: How much what is found differs from what the model carries.
  /// - Throws: ``ProofError/none`` where it carries nothing for this execution, ``MappingError/notFinite``,
  ///   and what decoding throws.
  public func verification(
    falseAlarms: Double? = nil, progress: (Int, Int) -> Void = { _, _ in }
  ) async throws -> Verification {
    guard let proof = model.proof,
      let record = proof.records.first(where: { $0.belongs(to: calibration) })
    else { throw ProofError.none }
    let here = try await proof.outcomes(
      by: mapper, of: model, calibration, progress: progress)
    return Verification(
      comparing: record.outcomes, with: here, of: proof.specimens.map(\.name), calibration,
      calibration.threshold(falseAlarms: falseAlarms), on: mapper.execution.device)
  }
}

extension Verification {
  init(
    comparing recorded: [Proof.Outcome], with here: [Proof.Outcome], of names: [String],
    _ calibration: Calibration, _ threshold: Calibration.Threshold, on device: Device
  ) {
    let pairs = zip(recorded, here)
    let difference = pairs.map { abs($0.score - $1.score) }.max() ?? 0
    let distances = calibration.images.map { abs($0.score - threshold.score) }
    self.init(
      device: device, precision: calibration.precision, density: calibration.density,
      images: zip(names, pairs).map { name, pair in
        Comparison(
          image: name, recorded: pair.0.score, score: pair.1.score, isEqual: pair.0 == pair.1)
      },
      largestDifference: difference,
      largestShare: pairs.map {
        $0.score == $1.score
          ? 0 : abs($0.score - $1.score) / max(abs($0.score), .leastNormalMagnitude)
      }.max() ?? 0,
      threshold: threshold.score, margin: distances.min() ?? 0,
      couldChange: zip(calibration.images, distances).compactMap { image, distance in
        difference > 0 && distance <= difference ? image.name : nil
      })
  }
}
