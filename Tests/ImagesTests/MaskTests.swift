import Files
import Foundation
import TestSupport
import Testing

@testable import Images

private struct Expected: Decodable {
  struct File: Decodable {
    let height: Int
    let width: Int
    /// Rectangles, each by the row and column of its first and last pixel.
    let marked: [[Int]]

    var mask: Mask {
      var isAnomalous = [Bool](repeating: false, count: height * width)
      for rectangle in marked {
        for row in rectangle[0]...rectangle[2] {
          for column in rectangle[1]...rectangle[3] { isAnomalous[row * width + column] = true }
        }
      }
      return Mask(height: height, width: width, isAnomalous: isAnomalous)
    }
  }
  let files: [String: File]
  let turned: [String: File]

  static func read() throws -> Expected { try Golden.read(Expected.self, "masks/expected.json") }
}

/// Rows of text, `#` for what is marked.
private func drawn(_ rows: String...) -> Mask {
  Mask(height: rows.count, width: rows[0].count, isAnomalous: rows.joined().map { $0 == "#" })
}

@Suite struct `Masks` {
  @Test(arguments: [
    "full.png", "zero-one.png", "classes.png", "half.png", "red.png", "blue.png", "on-white.png",
    "one-two.png", "deep-255.png", "deep-one.png", "deep.tif", "bit.png", "bit.tif", "voc.png",
    "black-palette.png", "white-first.png", "few-bits.png", "four-bits.png", "see-through.png",
    "palette.tif", "palette.bmp", "zero-one.bmp", "alpha.png", "float-one.tif", "float-255.tif",
    "lossless.webp", "everything.png", "nothing.png", "grey.jpg", "colour.jpg", "lossy.webp",
    "was-jpeg.png", "hardly-jpeg.png", "blurred.png",
  ])
  func `mark what is not background, whatever its value`(name: String) throws {
    let expected = try #require(Expected.read().files[name]).mask
    let mask = try Mask(contentsOf: Golden.path("masks/\(name)"))
    #expect(mask.height == expected.height && mask.width == expected.width)
    let wrong = zip(mask.isAnomalous, expected.isAnomalous).enumerated().filter {
      $0.element.0 != $0.element.1
    }.map(\.offset)
    #expect(wrong.isEmpty, "\(wrong.count) pixels, the first at \(wrong.first ?? 0)")
    #expect(mask.isEmpty == (name == "nothing.png"))
  }

  @Test(arguments: 1...8) func `are turned as their file says`(orientation: Int) throws {
    let name = "turned\(orientation).png"
    let expected = try #require(Expected.read().turned[name]).mask
    #expect(try Mask(contentsOf: Golden.path("masks/\(name)")) == expected)
  }

  /// A picture is upright once it is decoded; a mask drawn on its stored pixels follows it.
  @Test(arguments: 5...8) func `follow an image that is turned on its side`(orientation: Int) throws
  {
    let name = "turned\(orientation).png"
    let expected = try #require(Expected.read().turned[name]).mask
    let image = try Image(contentsOf: Golden.path("masks/\(name)"))
    #expect(image.orientation == orientation && image.height == 9)
    let stored = Golden.path("masks/stored.png")
    #expect(try Mask(contentsOf: stored, of: image) == expected)
    // One that was drawn on the upright image stays.
    #expect(try read(expected, of: image) == expected)
    // One of twice the size follows as well.
    let large = try Mask(contentsOf: stored).resized(height: 12, width: 18)
    #expect(try read(large, of: image) == expected.resized(height: 18, width: 12))
    // One that says itself how it lies is turned once.
    #expect(try Mask(contentsOf: Golden.path("masks/\(name)"), of: image) == expected)
  }

  @Test(arguments: 2...4) func `are refused where nothing tells how they lie`(orientation: Int)
    throws
  {
    let image = try Image(contentsOf: Golden.path("masks/turned\(orientation).png"))
    let stored = Golden.path("masks/stored.png")
    #expect(throws: MaskError.unknownTurn(stored, orientation: orientation)) {
      try Mask(contentsOf: stored, of: image)
    }
    // That reads alike both ways.
    let alike = drawn("...", ".#.", "...").resized(height: 6, width: 9)
    #expect(try read(alike, of: image) == alike)
  }

  @Test func `of another aspect are refused`() throws {
    let image = Image(height: 100, width: 150, pixels: [Float](repeating: 0, count: 45_000))
    for (height, width, isTaken) in [
      (100, 150, true), (50, 75, true), (33, 50, true), (34, 50, true), (667, 1000, true),
      (150, 100, false), (100, 100, false), (100, 155, false), (36, 50, false),
    ] {
      let mask = Mask(
        height: height, width: width, isAnomalous: [Bool](repeating: true, count: height * width))
      guard !isTaken else {
        #expect(try read(mask, of: image) == mask)
        continue
      }
      #expect {
        try read(mask, of: image)
      } throws: { error in
        guard case MaskError.otherAspect(_, height, width, 100, 150) = error else { return false }
        return "\(error)".contains("\(width) × \(height) pixels, but its image has another aspect")
      }
    }
  }

  @Test func `are kept to the limits of images`() throws {
    let path = Golden.path("masks/full.png")
    #expect(throws: ImageFileError.tooLarge(path, pixels: 1920, limit: 1919)) {
      try Mask(contentsOf: path, maxPixels: 1919)
    }
    for name in ["text.png", "empty.png", "bomb.png", "truncated.jpg"] {
      #expect(throws: ImageFileError.self) { try Mask(contentsOf: Golden.path("images/\(name)")) }
    }
  }

  /// What is changed of a palette's file before it is decoded stays inside of the file.
  @Test(arguments: ["voc.png", "palette.tif", "palette.bmp"])
  func `of damaged files are refused or read, never more`(name: String) async throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Golden.path("masks/\(name)")))
    try await withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      for place in 0..<min(whole.count, 200) {
        for value in [UInt8(0), 255, whole[place] &+ 1] {
          var damaged = whole
          damaged[place] = value
          try damaged.write(to: URL(fileURLWithPath: path))
          _ = try? Mask(contentsOf: path)
        }
        try whole.prefix(place).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try Mask(contentsOf: path) }
      }
    }
  }

  @Test func `keep every defect when they become smaller`() {
    var random = SystemRandomNumberGenerator()
    for (height, width, newHeight, newWidth) in [
      (900, 1024, 256, 256), (7, 5, 3, 2), (100, 10, 64, 64), (10, 100, 64, 1),
    ] {
      for _ in 0..<20 {
        let place = Int.random(in: 0..<height * width, using: &random)
        var isAnomalous = [Bool](repeating: false, count: height * width)
        isAnomalous[place] = true
        let small = Mask(height: height, width: width, isAnomalous: isAnomalous)
          .resized(height: newHeight, width: newWidth)
        let marked = small.kinds.indices.filter { small.kinds[$0] != 0 }
        #expect(!marked.isEmpty, "pixel \(place) of \(height) × \(width) is lost")
        // It stays where it was.
        for pixel in marked {
          let row = (Double(pixel / newWidth) + 0.5) * Double(height) / Double(newHeight)
          let column = (Double(pixel % newWidth) + 0.5) * Double(width) / Double(newWidth)
          let (down, across) = (
            max(1, Double(height) / Double(newHeight)), max(1, Double(width) / Double(newWidth))
          )
          #expect(abs(row - Double(place / width) - 0.5) <= down / 2 + 0.5)
          #expect(abs(column - Double(place % width) - 0.5) <= across / 2 + 0.5)
        }
        // Where both sides shrink, one pixel stays one.
        if newHeight <= height, newWidth <= width { #expect(marked.count == 1) }
      }
    }
  }

  @Test func `take the nearest pixel when they become larger`() {
    let mask = drawn("#.", ".#")
    let large = mask.resized(height: 4, width: 4)
    #expect(large == drawn("##..", "##..", "..##", "..##"))
    #expect(large.resized(height: 2, width: 2) == mask)
    #expect(drawn("#...", "....", "....", "...#").resized(height: 2, width: 2) == mask)
  }

  @Test func `unite`() {
    let both = drawn("##", "#.").union(drawn(".#", ".#"))
    #expect(both.kinds == [1, 2, 1, 2], "where both mark, the smaller defect")
    #expect(both.isFull && both.union(drawn("..", "..")) == both)
  }

  /// Levels of grey by digits, a tenth of white each; or numbers of classes as they are.
  private func levels(_ rows: [String], scale: Float) throws -> Mask {
    let pixels = rows.joined().flatMap {
      repeatElement(Float($0.wholeNumberValue ?? 0) * scale, count: 3)
    }
    let image = Image(height: rows.count, width: rows[0].count, pixels: pixels)
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("mask-\(UUID().uuidString).png").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try image.write(to: path)
    return try Mask(contentsOf: path)
  }

  @Test func `tell kinds apart by their values`() throws {
    let touching = ["0000000", "0112200", "0112230", "0000000"]
    let classes = try levels(touching, scale: 1 / 255)
    #expect(classes.kinds == touching.joined().map { UInt8($0.wholeNumberValue ?? 0) })
    // Bright values are kinds as well, unless they only surround a brighter one.
    let bright = ["9990550", "9990550", "0000000", "0000004"]
    #expect(try Set(levels(bright, scale: 0.1).kinds) == [0, 1, 2, 3])
    let soft = ["0242000", "2797200", "4999400", "2797200", "0242055"]
    // The corner alone is another kind than the rest.
    let corner: UInt8 = 3
    let rows: [String] = ["0999000", "9999900", "9999900", "9999900", "0999055"]
    let expected: [UInt8] = rows.joined().map { $0 == "0" ? 0 : $0 == "9" ? 5 : corner }
    #expect(try levels(soft, scale: 0.1).kinds == expected)
  }

  @Test func `keep the smallest kind where several become one pixel`() {
    var kinds = [UInt8](repeating: 2, count: 64)
    kinds[9] = 1
    let mask = Mask(height: 8, width: 8, kinds: kinds)
    #expect(mask.resized(height: 2, width: 2).kinds == [1, 2, 2, 2])
    #expect(mask.resized(height: 16, width: 16).kinds.count { $0 == 1 } == 4)
  }

  @Test func `are outlined where they end`() {
    let mask = Mask(height: 3, width: 3, isAnomalous: [Bool](repeating: true, count: 9))
    let image = Image(height: 3, width: 3, pixels: [Float](repeating: 0, count: 27))
    let outlined = image.outlined(mask, color: [1, 1, 1])
    #expect(outlined.pixels[4 * 3] == 0, "the middle is no border")
    #expect(outlined.pixels.reduce(0, +) == 24)
  }

  /// Writes a mask and reads it as that of an image.
  private func read(_ mask: Mask, of image: Image) throws -> Mask {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("mask-\(UUID().uuidString).png").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try mask.image.write(to: path)
    return try Mask(contentsOf: path, of: image)
  }
}

@Suite struct `Images of numbers` {
  @Test func `come back as they are, and are replaced where they are ours`() async throws {
    let numbers: [Float] = [-3.5, 0, 1e-7, 12.25, 65504, 0.1]
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.tiff"
      let image = NumberImage(height: 2, width: 3, numbers: numbers)
      try image.write(to: path, as: .scores)
      try image.write(to: path, as: .scores)
      #expect(Origin(ofFile: path) == .scores)
      // Our decoder brings a range to 0…1; a power of two loses nothing.
      let read = try Image(contentsOf: path, reading: ImageReading(valueRange: -65536...65536))
      let found = stride(from: 0, to: 18, by: 3).map { read.pixels[$0] * 131072 - 65536 }
      #expect(read.height == 2 && read.width == 3)
      for (value, expected) in zip(found, numbers) { #expect(abs(value - expected) <= 0.01) }
      // The numbers themselves stand in the file, in the processor's order of bytes.
      let bytes = numbers.withUnsafeBytes { Data($0) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: bytes) != nil)
      try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: OriginError(path: path, origin: .scores)) {
        try image.write(to: path, as: .scores)
      }
    }
  }
}

@Suite struct `The origin of an image` {
  private let image = Image(height: 2, width: 3, pixels: [Float](repeating: 0.5, count: 18))

  @Test(arguments: Origin.allCases, ["png", "jpg"])
  func `stands in its file, which others can read`(origin: Origin, ending: String) async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.\(ending)"
      try image.write(to: path, as: origin)
      #expect(Origin(ofFile: path) == origin)
      let read = try Image(contentsOf: path)
      #expect(read.height == 2 && read.width == 3 && abs(read.pixels[0] - 0.5) < 0.01)
      // What is ours is replaced; what is not stays.
      try image.write(to: path, as: origin)
      let other = try #require(Origin.allCases.first { $0 != origin })
      #expect(throws: OriginError(path: path, origin: other)) {
        try image.write(to: path, as: other)
      }
      try image.write(to: path)
      #expect(Origin(ofFile: path) == nil)
      let own = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: OriginError(path: path, origin: origin)) {
        try image.write(to: path, as: origin)
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == own)
    }
  }
}
