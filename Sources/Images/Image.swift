/// A picture: red, green and blue in 0…1.
public struct Image: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// Interleaved colours, row by row, `[height, width, 3]`.
  public let pixels: [Float]

  /// A picture of the given colours.
  public init(height: Int, width: Int, pixels: [Float]) {
    precondition(pixels.count == height * width * 3, "\(pixels.count) for \(height) × \(width)")
    self.height = height
    self.width = width
    self.pixels = pixels
  }

  /// The picture without its colours: the luma of ITU-R BT.601 in each of the three channels.
  public func grey() -> Image {
    var grey = pixels
    for start in stride(from: 0, to: pixels.count, by: 3) {
      let luma = 0.299 * pixels[start] + 0.587 * pixels[start + 1] + 0.114 * pixels[start + 2]
      for channel in 0..<3 { grey[start + channel] = luma }
    }
    return Image(height: height, width: width, pixels: grey)
  }
}
