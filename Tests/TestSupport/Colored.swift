public import Images

/// An image with colours that tell every pixel from the others.
public func colored(height: Int, width: Int, seed: UInt64 = 1) -> Image {
  var state = seed
  let pixels = (0..<3 * height * width).map { _ in
    // Knuth's generator; its upper bits are random enough.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / 16_777_216
  }
  return Image(height: height, width: width, pixels: pixels)
}
