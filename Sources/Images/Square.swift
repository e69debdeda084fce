import Foundation

extension Image {
  /// A square part of the image that may be turned and mirrored.
  ///
  /// Colours between pixels are interpolated linearly; beyond its border the image is mirrored.
  ///
  /// - Parameters:
  ///   - row: The middle of the square, in pixels from the upper border.
  ///   - column: The middle of the square, in pixels from the left border.
  ///   - side: The side of the square.
  ///   - angle: By how much the square is turned, in radians.
  ///   - isMirrored: Whether left and right of the square are exchanged.
  /// - Returns: An image of `side` × `side`.
  public func square(
    row: Double, column: Double, side: Int, angle: Double = 0, isMirrored: Bool = false
  ) -> Image {
    let (cosine, sine) = (Float(cos(angle)), Float(sin(angle)))
    let middle = Float(side) / 2 - 0.5
    var square = [Float](repeating: 0, count: side * side * 3)
    for line in 0..<side {
      for place in 0..<side {
        let y = Float(line) - middle
        let x = (isMirrored ? -1 : 1) * (Float(place) - middle)
        let color = self.color(
          row: Float(row) - 0.5 + cosine * y + sine * x,
          column: Float(column) - 0.5 - sine * y + cosine * x)
        let target = 3 * (line * side + place)
        for channel in 0..<3 { square[target + channel] = color[channel] }
      }
    }
    return Image(height: side, width: side, pixels: square)
  }

  /// The colour at a place between pixel centres.
  private func color(row: Float, column: Float) -> SIMD3<Float> {
    let (top, left) = (row.rounded(.down), column.rounded(.down))
    let (down, right) = (row - top, column - left)
    let rows = (Self.mirrored(Int(top), height), Self.mirrored(Int(top) + 1, height))
    let columns = (Self.mirrored(Int(left), width), Self.mirrored(Int(left) + 1, width))
    let upper = pixel(rows.0, columns.0) * (1 - right) + pixel(rows.0, columns.1) * right
    let lower = pixel(rows.1, columns.0) * (1 - right) + pixel(rows.1, columns.1) * right
    return upper * (1 - down) + lower * down
  }

  private func pixel(_ row: Int, _ column: Int) -> SIMD3<Float> {
    let start = 3 * (row * width + column)
    return SIMD3(pixels[start], pixels[start + 1], pixels[start + 2])
  }

  /// A place along a side of `length`, mirrored at its ends until it lies within.
  private static func mirrored(_ place: Int, _ length: Int) -> Int {
    let period = 2 * length
    let folded = ((place % period) + period) % period
    return folded < length ? folded : period - 1 - folded
  }
}
