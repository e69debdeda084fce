/// How scores become colours: one scale for all images of a model.
///
/// A scale for each image would paint the worst pixel of a good part red.
public struct HeatScale: Sendable, Equatable {
  /// The score that gets the lowest colour, that of an ordinary good pixel.
  public let ordinary: Float
  /// The score at which a pixel is anomalous; it lies at two thirds of the colours, yellow.
  public let threshold: Float

  /// A scale between what is ordinary and what is anomalous.
  public init(ordinary: Float, threshold: Float) {
    self.ordinary = ordinary
    self.threshold = max(threshold, ordinary + .leastNormalMagnitude)
  }

  /// Where a score lies on the scale; 0 to 1, with the threshold at two thirds.
  public func position(of score: Float) -> Float {
    guard !score.isNaN else { return 1 }
    return min(max((score - ordinary) / (threshold - ordinary) * (2 / 3), 0), 1)
  }

  /// Lays heat colours over pixels, one score for each three colours.
  fileprivate func paint(_ scores: [Float], on pixels: inout [Float]) {
    for (pixel, score) in scores.enumerated() {
      let position = position(of: score)
      // Nothing below a third of the way to the threshold, full at the threshold.
      let opacity = 0.75 * min(max((position - 0.22) / 0.44, 0), 1)
      let color = ColorMap.color(position)
      for channel in 0..<3 {
        let own = pixels[3 * pixel + channel]
        pixels[3 * pixel + channel] = own + opacity * (color[channel] - own)
      }
    }
  }
}

extension Image {
  /// The image with a map of scores laid over it.
  ///
  /// Ordinary pixels keep their own colours; the closer a score is to the threshold, the more of
  /// the heat colour is seen.
  ///
  /// - Precondition: There is one score a pixel.
  public func overlaid(with scores: [Float], scale: HeatScale) -> Image {
    precondition(scores.count == height * width, "\(scores.count) scores")
    var pixels = pixels
    scale.paint(scores, on: &pixels)
    return Image(height: height, width: width, pixels: pixels)
  }

  /// The image with a map of another size laid over it; in 8 bits.
  ///
  /// What has no score keeps its own colours. Neither the map nor the image is ever there as a whole in
  /// 32-bit numbers.
  ///
  /// - Parameters:
  ///   - scores: The map, stretched over the image.
  ///   - scale: How scores become colours.
  /// - Returns: An image of the size of this one.
  /// - Throws: ``ImageFileError`` where memory does not suffice.
  /// - Precondition: The map is stretched over an image of this size.
  public func overlaid(with scores: StretchedScores, scale: HeatScale) throws -> Image {
    // About a million pixels at a time.
    try overlaid(with: scores, scale: scale, rowsTogether: max(1, (1 << 20) / width))
  }

  func overlaid(with scores: StretchedScores, scale: HeatScale, rowsTogether: Int) throws -> Image {
    precondition(scores.imageHeight == height && scores.imageWidth == width, "another size")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(height * width * 3)
    for top in stride(from: 0, to: height, by: rowsTogether) {
      let band = top..<min(top + rowsTogether, height)
      var colors = colors(ofRows: band)
      scale.paint(try scores.scores(ofRows: band), on: &colors)
      for color in colors { bytes.append(Self.byte(color)) }
    }
    return Image(DecodedSamples(bytes: bytes, height: height, width: width, channels: 3))
  }

  /// The colours of some rows, interleaved.
  func colors(ofRows rows: Range<Int>) -> [Float] {
    switch storage {
    case .decoded(let samples): samples.colors(ofRows: rows)
    case .floats(let pixels):
      Array(pixels[rows.lowerBound * width * 3..<rows.upperBound * width * 3])
    }
  }

  /// Scores as an image of heat colours alone.
  ///
  /// - Precondition: There is one score a pixel.
  public init(heat scores: [Float], height: Int, width: Int, scale: HeatScale) {
    var pixels: [Float] = []
    pixels.reserveCapacity(3 * scores.count)
    for score in scores {
      let color = ColorMap.color(scale.position(of: score))
      pixels += [color.x, color.y, color.z]
    }
    self.init(height: height, width: width, pixels: pixels)
  }

  /// The image with the border of a mask drawn on it.
  ///
  /// - Precondition: The mask has the image's size.
  public func outlined(_ mask: Mask, color: SIMD3<Float> = [1, 0.2, 0.2]) -> Image {
    precondition(mask.height == height && mask.width == width, "the mask has another size")
    var pixels = pixels
    for row in 0..<height {
      for column in 0..<width where mask.isBorder(row, column) {
        for channel in 0..<3 {
          pixels[3 * (row * width + column) + channel] = color[channel]
        }
      }
    }
    return Image(height: height, width: width, pixels: pixels)
  }
}

extension Mask {
  /// Whether an anomalous pixel has a normal one beside it.
  fileprivate func isBorder(_ row: Int, _ column: Int) -> Bool {
    guard kinds[row * width + column] != 0 else { return false }
    let isInside = { (row: Int, column: Int) -> Bool in
      row >= 0 && column >= 0 && row < height && column < width && kinds[row * width + column] != 0
    }
    return !isInside(row - 1, column) || !isInside(row + 1, column) || !isInside(row, column - 1)
      || !isInside(row, column + 1)
  }
}
