import Foundation
package import Images
package import Randomness

/// How images of good parts may be changed and still show good parts, for methods that need more of them
/// than there are.
///
/// Bergmann et al. (2019, MVTec AD), Section 4: crops of rotated rectangles of textures; objects
/// moved and turned, and mirrored where they may be. How far objects move they do not say.
public struct Augmentation: Codable, Sendable, Equatable {
  /// The largest angle that an image is turned by in either direction, in degrees.
  public var rotation = 0.0
  /// How far a crop as large as the image is moved at most, as a share of its side.
  public var translation = 0.0
  /// Whether half of the images are mirrored.
  public var mirrors = false
  /// How much brighter or darker an image becomes at most, as a share of its values.
  public var light = 0.0

  /// Nothing is changed.
  public init() {}

  /// What leaves images of a kind as plausible as they were.
  public init(_ kind: PartKind) {
    translation = Self.usualTranslation
    switch kind {
    case .texture: (rotation, mirrors) = (180, true)
    case .object: (rotation, mirrors) = (10, false)
    }
  }

  /// What a user says that a good part may do.
  public init(_ changes: some Sequence<PartChange>) {
    for change in changes {
      switch change {
      case .turn: rotation = 180
      case .flip: mirrors = true
      case .shift: translation = Self.usualTranslation
      case .light: light = 0.1
      }
    }
  }

  private static let usualTranslation = 0.04

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
    let crop = image.square(
      row: center(image.height, &random), column: center(image.width, &random), side: side,
      angle: angle, isMirrored: isMirrored)
    guard light > 0 else { return crop }
    let gain = Float(1 + Double.random(in: -light...light, using: &random))
    return Image(
      height: side, width: side, pixels: crop.pixels.map { min($0 * gain, 1) })
  }

  /// A square image, changed at random; half of the time it stays as it is, as every change of place
  /// blurs it a little.
  ///
  /// - Precondition: The image is a square.
  package func changed(_ image: Image, _ random: inout SeededGenerator) -> Image {
    precondition(image.height == image.width, "\(image.height) × \(image.width)")
    return Bool.random(using: &random) ? crop(of: image, side: image.height, &random) : image
  }
}

/// What a good part may do in front of the camera and still be a good part.
public enum PartChange: String, CaseIterable, Codable, Sendable {
  /// Lie at any angle.
  case turn
  /// Lie on its other side, as in a mirror.
  case flip
  /// Lie a little beside its place: up to 4 % of the image's side.
  case shift
  /// Be lit a little brighter or darker: by up to 10 %.
  case light
}
