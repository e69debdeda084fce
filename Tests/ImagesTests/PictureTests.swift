import TestSupport
import Testing

@testable import Images

@Suite struct `Pictures` {
  /// Halving averages blocks of 2 × 2 in the middle of a picture that is flat in blocks.
  @Test func `keep flat parts when they are resized`() throws {
    let pixels = (0..<8 * 8).flatMap { pixel -> [Float] in [pixel % 8 < 4 ? 0.25 : 0.75, 0.5, 1] }
    let image = Image(height: 8, width: 8, pixels: pixels)
    for side in [4, 16] {
      let resized = try image.resized(height: side, width: side)
      #expect(resized.height == side && resized.width == side)
      #expect(abs(resized.pixels[0] - 0.25) < 1e-5)
      #expect(abs(resized.pixels[(side - 1) * 3] - 0.75) < 1e-5)
      #expect(abs(resized.pixels[2] - 1) < 1e-5)
    }
  }

  @Test func `lose their colours but not their brightness`() {
    let image = Image(height: 1, width: 1, pixels: [1, 0.5, 0])
    #expect(abs(image.grey().pixels[0] - (0.299 + 0.5 * 0.587)) < 1e-6)
    #expect(Set(image.grey().pixels).count == 1)
  }

  @Test func `show good pixels as they are and anomalous ones in colour`() {
    let scale = HeatScale(ordinary: 0, threshold: 3)
    let image = Image(height: 1, width: 3, pixels: [Float](repeating: 0.5, count: 9))
    let shown = image.overlaid(with: [0, 3, 30], scale: scale)
    #expect(Array(shown.pixels[0..<3]) == [0.5, 0.5, 0.5])
    let anomalous = ColorMap.color(2.0 / 3)
    #expect(abs(shown.pixels[3] - (0.5 + 0.75 * (anomalous.x - 0.5))) < 0.02)
    #expect(shown.pixels[6] > shown.pixels[8], "the highest colour is red")
  }

  /// The same score has the same colour in every picture.
  @Test func `share one absolute scale`() {
    let scale = HeatScale(ordinary: 1, threshold: 5)
    #expect(scale.position(of: 1) == 0)
    #expect(abs(scale.position(of: 5) - 2.0 / 3) < 1e-6)
    #expect(scale.position(of: 1000) == 1)
    #expect(scale.position(of: .nan) == 1)
    #expect(HeatScale(ordinary: 2, threshold: 1).position(of: 1) == 0)
  }

  /// Every pixel of a square is one of the picture where it is turned by right angles.
  @Test func `give squares that are turned and mirrored`() {
    let side = 6
    let pixels = (0..<side * side).flatMap { pixel -> [Float] in
      [Float(pixel) / 36, 0.5, Float(pixel % side) / 6]
    }
    let image = Image(height: side, width: side, pixels: pixels)
    let quarter = Double.pi / 2
    let places: [(angle: Double, isMirrored: Bool, source: (Int, Int) -> (Int, Int))] = [
      (0, false, { ($0, $1) }), (0, true, { ($0, side - 1 - $1) }),
      (quarter, false, { ($1, side - 1 - $0) }),
      (2 * quarter, false, { (side - 1 - $0, side - 1 - $1) }),
    ]
    for (angle, isMirrored, source) in places {
      let square = image.square(row: 3, column: 3, side: 6, angle: angle, isMirrored: isMirrored)
      for row in 0..<side {
        for column in 0..<side {
          let (fromRow, fromColumn) = source(row, column)
          let difference =
            square.pixels[3 * (row * side + column)] - pixels[3 * (fromRow * side + fromColumn)]
          #expect(abs(difference) < 1e-4, "\(angle), \(row), \(column)")
        }
      }
    }
    // Beyond the border the picture is mirrored; halves of pixels are averages.
    let corner = image.square(row: 0, column: 0, side: 2)
    for start in [0, 3, 6, 9] { #expect(corner.pixels[start..<start + 3] == pixels[0..<3]) }
    let between = image.square(row: 1, column: 1, side: 1).pixels[0]
    let mean: Float = (0 + 1 + 6 + 7) / 4 / 36
    #expect(abs(between - mean) < 1e-6)
  }

  @Test func `stand side by side on a contact sheet`() throws {
    let dark = Image(height: 2, width: 4, pixels: [Float](repeating: 0, count: 24))
    let sheet = try Image.contactSheet([[dark, dark], [dark]], side: 8, gap: 2)
    #expect(sheet.height == 22 && sheet.width == 22)
    #expect(sheet.pixels[0] == 1)
    #expect(sheet.pixels[(6 * 22 + 4) * 3] == 0)
    #expect(sheet.pixels[(16 * 22 + 14) * 3] == 1, "the second row has one picture")
  }
}

@Suite struct `Labels` {
  @Test func `are broken between words to fit`() throws {
    // Some systems have no fonts.
    guard let line = Image.label("broken large") else { return }
    let broken = try #require(Image.label("broken large", within: line.width - 8))
    #expect(broken.width <= line.width - 8)
    #expect(broken.height > line.height + 5)
    #expect(broken.pixels.contains { $0 < 0.5 })
    let word = try #require(Image.label("large", within: line.width))
    #expect(word.width < line.width && word.height <= line.height)
  }
}

@Suite struct `Heat maps` {
  /// By bands of rows in 8 bits, as the whole in 32.
  @Test func `stretch their map as the whole would be`() throws {
    let (height, width) = (110, 90)
    let pixels = (0..<height * width * 3).map { Float($0 % 251) / 250 }
    let decoded = try Image(
      bytes: Image(height: height, width: width, pixels: pixels).encoded(), name: "a")
    let scores = (0..<35).map { Float($0 * 7 % 12) }
    let scale = HeatScale(ordinary: 1, threshold: 8)
    let shown = try decoded.overlaid(
      with: StretchedScores(scores, height: 7, width: 5, imageHeight: height, imageWidth: width),
      scale: scale, rowsTogether: 32)
    let map = try Image(height: 7, width: 5, pixels: scores.flatMap { [$0, $0, $0] })
      .resized(height: height, width: width)
    let expected = decoded.overlaid(
      with: stride(from: 0, to: map.pixels.count, by: 3).map { map.pixels[$0] }, scale: scale)
    #expect(shown.height == height && shown.width == width)
    let worst = zip(shown.pixels, expected.pixels).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 0.51 / 255)
    #expect(try Image(bytes: shown.encoded(), name: "b") == shown)
  }
}
