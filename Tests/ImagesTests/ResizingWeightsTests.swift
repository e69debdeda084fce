import Testing

@testable import Images

/// Two products with matrices resize like ``Image/resized(height:width:)``.
@Suite struct `The weights of resizing` {
  @Test(arguments: [
    (height: 91, width: 117, newHeight: 64, newWidth: 64),
    (40, 300, 64, 64), (31, 29, 200, 180), (512, 130, 65, 129), (64, 200, 64, 64),
  ])
  func `give what resizing gives`(size: (height: Int, width: Int, newHeight: Int, newWidth: Int))
    throws
  {
    var seed: UInt32 = 7
    let pixels = (0..<3 * size.height * size.width).map { _ in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return Float(seed >> 8) / Float(1 << 24)
    }
    let image = Image(height: size.height, width: size.width, pixels: pixels)
    let expected = try image.resized(height: size.newHeight, width: size.newWidth).pixels
    let rows = try Image.resizingWeights(from: size.height, to: size.newHeight)
    let columns = try Image.resizingWeights(from: size.width, to: size.newWidth)
    for (row, column, channel) in [(0, 0, 0), (1, 2, 1), (33, 40, 2), (63, 63, 0)] {
      var sum = 0.0
      for old in 0..<size.height {
        for oldColumn in 0..<size.width {
          sum +=
            Double(rows[row * size.height + old])
            * Double(columns[column * size.width + oldColumn])
            * Double(pixels[3 * (old * size.width + oldColumn) + channel])
        }
      }
      let there = Double(expected[3 * (row * size.newWidth + column) + channel])
      #expect(abs(sum - there) < 2e-6, "\(row), \(column)")
    }
  }

  /// Between the middles of pixels, whatever the other side does; before the first and after the last middle
  /// nothing changes.
  @Test(arguments: [4, 8, 16])
  func `are linear between the middles of pixels`(newHeight: Int) throws {
    let ramp = (0..<8 * 8).flatMap { [Float](repeating: Float($0 % 8), count: 3) }
    let image = Image(height: 8, width: 8, pixels: ramp)
    for newWidth in [8, 13, 16, 40] {
      let resized = try image.resized(height: newHeight, width: newWidth).pixels
      for column in 0..<newWidth {
        let middle = (Double(column) + 0.5) * 8 / Double(newWidth) - 0.5
        let found = Double(resized[3 * ((newHeight / 2) * newWidth + column)])
        #expect(abs(found - min(max(middle, 0), 7)) < 1e-5)
      }
    }
  }
}
