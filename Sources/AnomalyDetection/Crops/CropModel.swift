public import Tensors

/// A model of what crops of good images look like, pixel by pixel.
///
/// What the SSIM-autoencoder, AnoGAN and OCGAN share. ``CropMethod`` makes each a method for images;
/// for single small images they are used as they are.
public protocol CropModel: Sendable {
  /// What can be chosen; encoded into model files.
  associatedtype Settings: CropModelSettings
  /// Learns from crops, N × 3 × side × side, RGB in 0…1.
  ///
  /// The same crops, settings and `run.seed` give the same model on the same device.
  init(fitting crops: CropBatches, settings: Settings, run: TrainingRun) async throws
  /// How anomalous each pixel of crops N × 3 × side × side is: N × 1 × side × side; higher is more
  /// anomalous. The scores of one crop depend on no other. Models that search tell how far they are.
  func scores(of crops: Tensor, progress: MappingProgress) throws -> Tensor
  /// The model of the ``tensors`` of another one, for crops of a side.
  init(_ tensors: ModelTensors, settings: Settings, side: Int) throws
  /// All that ``scores(of:)`` needs, by name.
  var tensors: [String: Tensor] { get }
}

extension CropModel {
  /// The model on a device, for crops of a side.
  func on(_ device: Device, settings: Settings, side: Int) throws -> Self {
    let tensors = tensors
    guard tensors.values.contains(where: { $0.device != device }) else { return self }
    return try Self(
      ModelTensors(tensors.mapValues { try $0.to(device) }), settings: settings, side: side)
  }

  /// The same without a word on the way.
  public func scores(of crops: Tensor) throws -> Tensor {
    try scores(of: crops) { _, _ in }
  }
}

/// What can be chosen about a ``CropModel``.
public protocol CropModelSettings: Codable, Sendable, Equatable {
  /// The name on the command line, in tables and in model files, such as `ssim-ae`.
  static var method: String { get }
  /// Where crops lie in images of a kind.
  static func layout(_ kind: PartKind) -> CropLayout
  /// The settings of a recipe.
  init(_ recipe: Recipe)
  /// How many batches are learnt from.
  var steps: Int { get set }
  /// Crops a batch.
  var batch: Int { get set }
  /// The step sizes.
  var adam: Adam.Settings { get set }
  /// Whether networks can be made by the settings; those in a file may be anybody's.
  var makeSense: Bool { get }
}

/// What is inspected.
public enum PartKind: String, Codable, Sendable, CaseIterable {
  /// A surface that looks alike everywhere, such as wood or a carpet.
  case texture
  /// A thing in its place, such as a bottle.
  case object
}

/// Where crops lie in an image.
public struct CropLayout: Codable, Sendable, Equatable {
  /// The side to which an image is zoomed first.
  public var zoom: Int
  /// The side of a crop.
  public var side: Int
  /// Pixels from a crop to the next; where crops overlap, their scores are averaged.
  public var stride: Int

  /// A layout of the given sides.
  public init(zoom: Int, side: Int, stride: Int) {
    (self.zoom, self.side, self.stride) = (zoom, side, stride)
  }

  /// Whether such a layout covers every pixel, with no more crops than can be judged.
  var makesSense: Bool {
    guard ModelBounds.cropSide.contains(side), ModelBounds.zoom.contains(zoom), side <= zoom,
      (1...side).contains(stride)
    else { return false }
    return ModelBounds.cropsAlongSide.contains((zoom - side) / stride + 1)
  }

  /// Where crops start along a side: every `stride` pixels, and one that ends where the image
  /// does.
  var starts: [Int] {
    let last = zoom - side
    let regular = Array(Swift.stride(from: 0, through: last, by: stride))
    return regular.last == last ? regular : regular + [last]
  }
}
