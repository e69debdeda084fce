public import Images
import Randomness

/// An image with colours that tell every pixel from the others.
public func colored(height: Int, width: Int, seed: UInt64 = 1) -> Image {
  var random = SeededGenerator(seed: seed)
  return Image(
    height: height, width: width,
    pixels: (0..<3 * height * width).map { _ in Float.random(in: 0...1, using: &random) })
}
