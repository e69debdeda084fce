import Files
import Foundation
import Images

/// Pixels of the square of a framing that never decide, a bit each in a file.
struct IgnoredPixels: Codable, Sendable, Equatable {
  /// The side of the square.
  let side: Int
  /// The size of the images for which they were marked.
  let imageHeight: Int
  let imageWidth: Int
  /// Whether each is ignored, row by row; some are, and some are not.
  let isIgnored: [Bool]

  init(_ isIgnored: [Bool], side: Int, of image: Image) {
    precondition(isIgnored.count == side * side, "\(isIgnored.count) for a side of \(side)")
    (self.side, self.isIgnored) = (side, isIgnored)
    (imageHeight, imageWidth) = (image.height, image.width)
  }

  private enum CodingKeys: CodingKey {
    case side, imageHeight, imageWidth, bits
  }

  /// Reads what was encoded, and refuses what is of another size, ignores nothing, or all.
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    side = try values.decode(Int.self, forKey: .side)
    imageHeight = try values.decode(Int.self, forKey: .imageHeight)
    imageWidth = try values.decode(Int.self, forKey: .imageWidth)
    let bits = try values.decode(Data.self, forKey: .bits)
    let sides = 1...Int(Int32.max)
    guard ModelBounds.imageSide.contains(side), bits.count == (side * side + 7) / 8,
      sides.contains(imageHeight), sides.contains(imageWidth)
    else { throw Self.refusal(decoder) }
    isIgnored = (0..<side * side).map { bits[bits.startIndex + $0 / 8] >> ($0 % 8) & 1 == 1 }
    guard isIgnored.contains(true), isIgnored.contains(false), self.bits == bits else {
      throw Self.refusal(decoder)
    }
  }

  private static func refusal(_ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(
      .init(codingPath: decoder.codingPath, debugDescription: "no pixels of a square"))
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(side, forKey: .side)
    try values.encode(imageHeight, forKey: .imageHeight)
    try values.encode(imageWidth, forKey: .imageWidth)
    try values.encode(bits, forKey: .bits)
  }

  /// Eight pixels a byte, the first in its lowest bit.
  private var bits: Data {
    var bytes = [UInt8](repeating: 0, count: (isIgnored.count + 7) / 8)
    for (pixel, isSet) in isIgnored.enumerated() where isSet {
      bytes[pixel / 8] |= 1 << (pixel % 8)
    }
    return Data(bytes)
  }

  /// What tells them from others, as sixteen hexadecimal digits.
  var digits: String {
    let size = Data("\(side) \(imageHeight) \(imageWidth) ".utf8)
    return String(Digest.digits(of: size + bits).prefix(16))
  }

  /// The share of the square that is ignored.
  var share: Double { Double(isIgnored.count { $0 }) / Double(isIgnored.count) }

  /// Whether they are meant for an image of a size; with a region, whose place is in pixels, for one of their size
  /// alone.
  func fit(height: Int, width: Int, isOfOneSize: Bool) -> Bool {
    isOfOneSize
      ? height == imageHeight && width == imageWidth
      : Image.haveOneAspect(height, width, as: imageHeight, imageWidth)
  }
}
