import Foundation
import Images
import Randomness

/// Random views of good images, for methods that need more of them than there are.
///
/// Bergmann et al. (2019, MVTec AD), Section 4: crops of rotated rectangles of textures; objects
/// moved and turned, and mirrored where they may be. How far objects move they do not say.
public struct Augmentation: Codable, Sendable, Equatable {
  /// How many different crops there are of all images together.
  public var crops = 10_000
  /// The largest angle that an image is turned by in either direction, in degrees.
  public var rotation: Double
  /// How far a crop as large as the image is moved at most, as a share of its side.
  public var translation = 0.04
  /// Whether half of the crops are mirrored.
  public var mirrors: Bool

  /// What leaves images of a kind as plausible as they were.
  public init(_ kind: PartKind) {
    switch kind {
    case .texture: (rotation, mirrors) = (180, true)
    case .object: (rotation, mirrors) = (10, false)
    }
  }

  /// A random crop of an image.
  ///
  /// Where the crop, turned, fits into the image it lies anywhere within; a larger one lies in the
  /// middle, but for the translation, and what it sees beyond the border is the image mirrored.
  func crop(of image: Image, side: Int, _ random: inout SeededGenerator) -> Image {
    let angle = Double.random(in: -rotation...rotation, using: &random) * .pi / 180
    let isMirrored = mirrors && Bool.random(using: &random)
    let reach = Double(side) / 2 * (abs(cos(angle)) + abs(sin(angle)))
    let center = { (length: Int, random: inout SeededGenerator) in
      let middle = Double(length) / 2
      let free = max(middle - reach, length > side ? 0 : translation * Double(side))
      return middle + Double.random(in: -free...free, using: &random)
    }
    return image.square(
      row: center(image.height, &random), column: center(image.width, &random), side: side,
      angle: angle, isMirrored: isMirrored)
  }
}
