public import Datasets
import Files
import Randomness

/// Images of good parts: some to learn from, some held out.
public struct GoodImages: Sendable {
  /// What a method learns from.
  public let training: ImageCollection
  /// What decisions are calibrated on; nothing that a score depends on has seen it.
  public let heldOut: ImageCollection

  /// Images that were split before.
  public init(training: ImageCollection, heldOut: ImageCollection) {
    self.training = training
    self.heldOut = heldOut
  }

  /// Holds out a random part of the images, at least one.
  ///
  /// - Parameters:
  ///   - images: All good images.
  ///   - share: The share that is held out; nil for what suits their number (see
  ///     ``heldOutCount(of:share:)``).
  ///   - seed: Decides which.
  /// - Throws: ``GoodImagesError`` where there are fewer than two images.
  public init(_ images: ImageCollection, heldOut share: Double? = nil, seed: UInt64) throws {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    self.init(
      images, order: Self.order(of: images.count, seed: seed),
      heldOut: 0..<Self.heldOutCount(of: images.count, share: share))
  }

  private init(_ images: ImageCollection, order: [Int], heldOut places: Range<Int>) {
    heldOut = images.selecting(order[places].sorted())
    training = images.selecting(
      (order[..<places.lowerBound] + order[places.upperBound...]).sorted())
  }

  private static func order(of count: Int, seed: UInt64) -> [Int] {
    var random = SeededGenerator(seed: seed)
    return Array(0..<count).shuffled(using: &random)
  }

  /// How many of so many images are held out.
  ///
  /// Without a share a third, but no more than 20, until a tenth is more: few images need all the
  /// promise that they can give, and of many a tenth gives enough. With 60 images the least rate of false
  /// alarms is 1 in 21, with 1,000 it is 1 in 101.
  public static func heldOutCount(of count: Int, share: Double? = nil) -> Int {
    let wanted =
      share.map { $0 * Double(count) } ?? max(0.1 * Double(count), min(Double(count) / 3, 20))
    return min(max(1, Int(wanted.rounded())), max(1, count - 1))
  }

  /// Splits in which every image is held out once.
  ///
  /// - Parameters:
  ///   - images: All good images.
  ///   - count: How many splits; no more than there are images.
  ///   - seed: Decides which images are held out together.
  /// - Returns: The splits.
  /// - Throws: ``GoodImagesError`` where there are fewer than two images.
  public static func folds(
    _ images: ImageCollection, count: Int, seed: UInt64
  ) throws -> [GoodImages] {
    guard images.count >= 2 else { throw GoodImagesError.tooFew(images.count) }
    let order = order(of: images.count, seed: seed)
    let folds = min(max(2, count), images.count)
    return (0..<folds).map { fold in
      GoodImages(
        images, order: order,
        heldOut: fold * images.count / folds..<(fold + 1) * images.count / folds)
    }
  }
}

/// Why images cannot be learnt from.
public enum GoodImagesError: Error, CustomStringConvertible, Equatable {
  /// One image or none.
  case tooFew(Int)
  /// No image to calibrate on.
  case noneToCalibrate
  /// Some of so many images were learnt from; with their names.
  case learntFrom([String], of: Int)
  /// Not the images that a model was trained on.
  case others(Int, than: Int)
  /// As many images as a model was trained on, but not the same.
  case otherContent
  /// Every image was learnt from.
  case noneHeldOut

  /// One line for the user.
  public var description: String {
    switch self {
    case .tooFew(let count):
      "\(count) good image\(count == 1 ? "" : "s") to learn from; give at least 2, better 20"
    case .noneToCalibrate: "no image to calibrate on; give at least one, better 20"
    case .learntFrom(let names, let count):
      "the model has learnt from \(names.count) of these \(count) images (\(firstFew(names))), so their "
        + "scores are too low; give other images"
    case .otherContent:
      "these are not the images that the model was trained on, or they have changed since"
    case .others(let count, let expected):
      "the model was trained on a folder of \(expected) images, and this one has \(count); give the same folder"
    case .noneHeldOut:
      "the model was calibrated by cross-fitting and has learnt from every image; "
        + "calibrate on new images"
    }
  }
}
