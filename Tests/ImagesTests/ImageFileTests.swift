import Files
import Foundation
import Images
import TestSupport
import Testing

private struct Expected: Decodable {
  struct File: Decodable {
    let pixels: [Double]
    let tolerance: Double
  }
  let files: [String: File]
}

@Suite struct `Picture files` {
  @Test(arguments: [
    "rgb.png", "rgb.tif", "rgb.bmp", "rgb.webp", "rgb.jpg", "grey.png", "grey16.png", "grey16.tif",
    "alpha.png", "palette.png", "cmyk.jpg", "turned.jpg",
  ])
  func `are read as Pillow wrote them`(name: String) throws {
    let expected = try #require(
      Golden.read(Expected.self, "images/expected.json").files[name])
    let image = try Image(contentsOf: Golden.path("images/\(name)"))
    #expect(image.height == 4 && image.width == 6)
    try expectClose(
      image.pixels.map(Double.init), expected.pixels, relative: 0, absolute: expected.tolerance)
  }

  @Test func `come back from PNG to within half a step of 255`() async throws {
    let pixels = (0..<5 * 7 * 3).map { Float($0) / 104 }
    let image = Image(height: 5, width: 7, pixels: pixels)
    try await withTemporaryFolder { folder in
      try image.write(to: "\(folder)/a.png")
      let read = try Image(contentsOf: "\(folder)/a.png")
      try expectClose(
        read.pixels.map(Double.init), pixels.map(Double.init), relative: 0, absolute: 0.501 / 255)
    }
  }

  @Test func `of other kinds are refused, whatever their name`() {
    let (text, empty) = (Golden.path("images/text.png"), Golden.path("images/empty.png"))
    #expect(throws: ImageFileError.foreign(text)) { try Image(contentsOf: text) }
    #expect(throws: ImageFileError.empty(empty)) {
      try Image(contentsOf: empty)
    }
  }

  @Test func `that are cut short are refused`() {
    let path = Golden.path("images/truncated.jpg")
    #expect { try Image(contentsOf: path) } throws: { error in
      guard case .damaged(path, _) = error as? ImageFileError else { return false }
      return "\(error)".hasPrefix("\(path): the image is damaged")
    }
  }

  @Test func `that promise 60,000 × 60,000 pixels are refused by their header`() {
    let path = Golden.path("images/bomb.png")
    #expect(
      throws: ImageFileError.tooLarge(path, pixels: 3_600_000_000, limit: Image.defaultPixelLimit)
    ) { try Image(contentsOf: path) }
  }

  @Test func `that are missing or folders are refused`() {
    #expect(throws: ImageFileError.missing("/nowhere/a.png")) {
      try Image(contentsOf: "/nowhere/a.png")
    }
    #expect(throws: ImageFileError.unreadable(Golden.folder)) {
      try Image(contentsOf: Golden.folder)
    }
  }

  @Test func `are kept to their pixel limit`() {
    let path = Golden.path("images/rgb.png")
    #expect(throws: ImageFileError.tooLarge(path, pixels: 24, limit: 23)) {
      try Image(contentsOf: path, maxPixels: 23)
    }
  }

  /// A ramp: what a part shows can be read off its place.
  @Test func `are cut into parts of the zoomed picture`() async throws {
    try await withTemporaryFolder { folder in
      let (height, width) = (40, 80)
      let pixels = (0..<height * width).flatMap { pixel -> [Float] in
        let (row, column) = (Float(pixel / width), Float(pixel % width))
        return [column / 100, row / 50, 0.25]
      }
      let path = "\(folder)/ramp.png"
      try Image(height: height, width: width, pixels: pixels).write(to: path)
      // Enlarged, and shrunk by the decoder or after it.
      for zoom in [200, 40, 16] {
        let places = [(0, 0), (zoom - 9, 3), (4, zoom - 9)].map {
          Image.Place(row: $0.0, column: $0.1)
        }
        let parts = try Image.parts(of: path, zoomedTo: zoom, side: 9, at: places)
        #expect(parts.count == 3)
        for (part, place) in zip(parts, places) {
          #expect(part.height == 9 && part.width == 9)
          // Away from the picture's border, where filters see less than their window.
          let (row, column) = (place.row + 4, place.column + 4)
          let centre = (4 * 9 + 4) * 3
          let across = (Double(column) + 0.5) * Double(width) / Double(zoom) - 0.5
          let down = (Double(row) + 0.5) * Double(height) / Double(zoom) - 0.5
          let expected = [across / 100, down / 50, 0.25]
          try expectClose(
            part.pixels[centre..<centre + 3].map(Double.init), expected, relative: 0,
            absolute: 0.008)
        }
      }
      #expect(throws: ImageFileError.tooLarge(path, pixels: 3200, limit: 99)) {
        try Image.parts(of: path, zoomedTo: 20, side: 3, at: [], maxPixels: 99)
      }
      let text = Golden.path("images/text.png")
      #expect(throws: ImageFileError.foreign(text)) {
        try Image.parts(of: text, zoomedTo: 20, side: 3, at: [])
      }
    }
  }

  @Test func `that cannot be written leave nothing behind`() async throws {
    let image = Image(height: 1, width: 1, pixels: [0, 0, 0])
    try await withTemporaryFolder { folder in
      #expect(throws: FileError.self) { try image.write(to: "\(folder)/no/a.png") }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }
}
