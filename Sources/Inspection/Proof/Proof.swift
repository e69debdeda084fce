import AnomalyDetection
import Datasets
import Files
public import Foundation
import Images

/// A few good images, and what a model said of them where it was calibrated.
///
/// Whoever has the model can find out whether it judges alike on another machine: see
/// ``Inspector/verification(falseAlarms:progress:)``.
public struct Proof: Sendable, Equatable {
  /// An image that the model carries.
  public struct Specimen: Sendable, Equatable {
    /// What people call it, such as its file's name.
    public let name: String
    /// The bytes of an image file.
    public let bytes: Data
    /// Whether the file holds the square that a detector sees; otherwise the image as a camera gave it.
    let isFramed: Bool
  }

  /// What a model says of a specimen.
  public struct Outcome: Codable, Sendable, Equatable {
    /// The score of the image.
    public let score: Float
    /// The mean score of its pixels.
    public let mean: Double
    /// SHA-256 over the scores of all pixels.
    public let mapDigest: String

    init(_ map: AnomalyMap, scoring: ImageScoring) {
      (score, mean) = (map.score(by: scoring), map.mean)
      mapDigest = map.scores.withUnsafeBytes { Digest.digits(of: Data($0)) }
    }
  }

  /// The outcomes of all specimens by one execution.
  struct Record: Codable, Sendable, Equatable {
    let precision: Precision
    let density: Density?
    let outcomes: [Outcome]

    /// Whether it was made as the scores of a calibration were.
    func belongs(to calibration: Calibration) -> Bool {
      precision == calibration.precision && density == calibration.density
    }
  }

  /// The images.
  public let specimens: [Specimen]
  /// What was said of them, for each execution that the model is calibrated for.
  private(set) var records: [Record]

  init(_ specimens: [Specimen], records: [Record] = []) {
    self.specimens = specimens
    self.records = records
  }

  /// How many images a model carries; hostile files may hold more, but not many.
  static let imageCount = 4
  static let mostImages = 64
  /// Larger files are replaced by the square that a detector sees.
  static let mostBytes = 4 << 20

  /// Images spread from the lowest to the highest score of a calibration, with no outcomes yet.
  ///
  /// - Parameters:
  ///   - good: Images, among them those of the calibration.
  ///   - calibration: What they score.
  ///   - framing: How they are framed.
  ///   - reading: How their files are read.
  /// - Throws: What reading the images throws.
  init(
    of good: ImageCollection, _ calibration: Calibration, _ framing: Framing,
    _ reading: ImageReading
  ) throws {
    let numbers = Dictionary(
      (0..<good.count).map { (good.name($0), $0) }, uniquingKeysWith: { first, _ in first })
    let (count, last) = (
      min(Self.imageCount, calibration.images.count), calibration.images.count - 1
    )
    let chosen = (0..<count).map { calibration.images[count == 1 ? last : $0 * last / (count - 1)] }
    self.init(
      try chosen.compactMap { numbers[$0.name] }.map { number in
        let name = good.name(number)
        if let bytes = try good.fileBytes(number, upTo: Self.mostBytes),
          (try? Image(bytes: bytes, name: name, reading: reading)) != nil
        {
          return Specimen(name: name, bytes: bytes, isFramed: false)
        }
        let square = try framing.framed(good.image(number), named: name)
        return Specimen(name: name, bytes: try square.encoded(), isFramed: true)
      })
  }

  /// With what is said now in the place of what the same execution said before.
  func adding(_ record: Record) -> Proof {
    var proof = self
    proof.records.removeAll { ($0.precision, $0.density) == (record.precision, record.density) }
    proof.records.append(record)
    return proof
  }

  /// Without what belongs to no calibration.
  func keeping(_ calibrations: [Calibration]) -> Proof {
    var proof = self
    proof.records.removeAll { record in !calibrations.contains { record.belongs(to: $0) } }
    return proof
  }

  /// What a mapper says of the specimens.
  ///
  /// - Parameters:
  ///   - mapper: That of the model.
  ///   - model: The model.
  ///   - calibration: What its scores are compared with.
  ///   - progress: Told how many of how many are done.
  /// - Returns: An outcome a specimen.
  /// - Throws: What decoding and mapping throw, and `CancellationError`.
  func outcomes(
    by mapper: Mapper, of model: TrainedModel, _ calibration: Calibration,
    progress: (Int, Int) -> Void = { _, _ in }
  ) async throws -> [Outcome] {
    let (framing, reading) = (model.framing, model.reading)
    var outcomes: [Outcome] = []
    for specimen in specimens {
      try Task.checkCancellation()
      let image = try Image(
        bytes: specimen.bytes, name: specimen.name,
        reading: specimen.isFramed ? ImageReading() : reading)
      let square = specimen.isFramed ? image : try framing.framed(image, named: specimen.name)
      guard (square.height, square.width) == (framing.side, framing.side) else {
        throw ProofError.otherSize(specimen.name)
      }
      let map = try await mapper.evidence(of: square).map
      outcomes.append(Outcome(map, scoring: calibration.scoring))
      progress(outcomes.count, specimens.count)
    }
    return outcomes
  }

  /// The same as a record of the mapper's execution, whose calibration decides.
  func record(by mapper: Mapper, of model: TrainedModel) async throws -> Record {
    Record(
      precision: mapper.execution.precision, density: mapper.execution.density,
      outcomes: try await outcomes(by: mapper, of: model, model.calibration))
  }
}

/// Why a model cannot be verified.
public enum ProofError: Error, CustomStringConvertible, Equatable {
  /// It was made without a proof, or by a version that made none.
  case none
  /// An image of the proof is not of the size that the model works at.
  case otherSize(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .none: "the model carries no proof"
    case .otherSize(let name): "the proof's image \(name) is not of the model's size"
    }
  }
}
