import AnomalyDetection
public import Files
public import Foundation
public import Tensors

/// Where a model comes from: enough to make it again.
public struct Provenance: Codable, Sendable, Equatable {
  /// The version of the package that trained the model.
  public let version: String
  /// All that the training depended on; two models of one fingerprint are the same.
  public internal(set) var fingerprint = Fingerprint()
  /// How many images were learnt from.
  public let trainingImages: Int
  /// How many good images there were: those learnt from and those held out.
  public let goodImages: Int
  /// How the images that calibrate were chosen.
  public let calibration: CalibrationPlan
  /// The seed of all randomness.
  public let seed: UInt64
  /// Steps of gradient descent a network.
  public let steps: Int
  /// When the newest image was made, to the second.
  ///
  /// Not when the training ran: the same images and seed shall give the same file, to the byte.
  public let imagesUntil: Date?
  /// Where the networks were trained.
  public let device: Device
  /// How many threads the processor used; other numbers round differently.
  public let threads: Int
  /// The version of libtorch.
  public let libtorch: String

  /// Whether the numbers can be those of a training; those in a file may be anybody's.
  var makesSense: Bool {
    [trainingImages, goodImages, threads].allSatisfy(ModelBounds.images.contains)
      && trainingImages <= goodImages && steps >= 0 && calibration.makesSense
  }
}
