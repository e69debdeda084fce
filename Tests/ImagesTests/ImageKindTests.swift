import Files
import Foundation
import TestSupport
import Testing

@testable import Images

private struct Expected: Decodable {
  struct Colours: Decodable {
    let channels: Int
    let white: Double
    let levels: [Int]

    /// In 0…1, grey in three channels.
    var pixels: [Double] {
      levels.flatMap { [Double](repeating: Double($0) / white, count: channels == 1 ? 3 : 1) }
    }
  }
  struct File: Decodable {
    let colours: String
    /// How far a level may be off.
    let off: Double
    let range: [Double]?
    let notes: Int
  }
  struct Turned: Decodable {
    let height: Int
    let width: Int
    let corners: [Int]
    let white: [Int]
  }
  let width: Int
  let height: Int
  let colours: [String: Colours]
  let files: [String: File]
  let turned: [String: Turned]

  /// Read once: decoding JSON takes longer than decoding images.
  static let all = Result { try Golden.read(Expected.self, "images/kinds/expected.json") }

  static let names: [String] = ((try? all.get().files.keys.sorted()) ?? [])
}

private func path(_ name: String) -> String { Golden.path("images/kinds/\(name)") }

private func bytes(_ name: String) throws -> Data {
  try Data(contentsOf: URL(fileURLWithPath: path(name)))
}

/// The same numbers every time.
private struct Changes: RandomNumberGenerator {
  private var state: UInt64 = 20

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}

@Suite struct `Kinds of image files` {
  @Test(arguments: Expected.names)
  func `are read as an independent decoder reads them`(name: String) throws {
    let expected = try Expected.all.get()
    let file = try #require(expected.files[name])
    let colours = try #require(expected.colours[file.colours])
    var reading = ImageReading()
    if let range = file.range { reading.valueRange = range[0]...range[1] }
    let image = try Image(contentsOf: path(name), reading: reading)
    #expect(image.height == expected.height && image.width == expected.width)
    #expect(image.notes.count == file.notes)
    try expectClose(
      image.pixels.map(Double.init), colours.pixels, relative: 0,
      absolute: file.off / colours.white + 1e-6)
    #expect(try Image(bytes: bytes(name), name: name, reading: reading) == image)
  }

  @Test func `are all there`() {
    #expect(Expected.names.count > 90)
  }

  /// What is read as 8 or 16 bits is resized as if it had been read as floats.
  @Test(arguments: [
    "lossless.webp", "deep.png", "deep-grey.tif", "bits12.tif", "grey.jpg", "runs8.bmp",
  ])
  func `are resized to the same colours as their floats`(name: String) throws {
    let image = try Image(contentsOf: path(name))
    let floats = Image(height: image.height, width: image.width, pixels: image.pixels)
    for (height, width) in [(7, 9), (64, 64), (18, 20), (1, 1), (40, 5)] {
      let (one, other) = (
        try image.resized(height: height, width: width),
        try floats.resized(height: height, width: width)
      )
      try expectClose(
        one.pixels.map(Double.init), other.pixels.map(Double.init), relative: 0, absolute: 1e-6)
    }
  }

  @Test(arguments: [
    "broken-marker.jpg", "broken-cut.jpg", "broken-scans.jpg",
    "broken-strip.tif", "broken-cut.png", "broken-checksum.png", "broken-cut.webp",
  ])
  func `that break off are refused with a reason`(name: String) {
    #expect { try Image(contentsOf: path(name)) } throws: { error in
      guard case .damaged(path(name), let reason) = error as? ImageFileError else { return false }
      return !reason.isEmpty
    }
  }

  /// JPEG has no checksum, but data that end too early or too late show; nine in ten of these do.
  @Test func `with corrupt data are refused where it shows`() throws {
    let whole = try bytes("turn.jpg")
    let start = try #require(whole.range(of: Data([0xff, 0xda]))).upperBound + 12
    var random = Changes()
    var refused = 0
    for _ in 0..<40 {
      var data = whole
      let place = Int.random(in: start..<data.count - 70, using: &random)
      for byte in place..<place + 64 { data[byte] = .random(in: 0...255, using: &random) }
      do { _ = try Image(bytes: data, name: "a.jpg") } catch ImageFileError.damaged { refused += 1 }
    }
    #expect(refused >= 30)
  }

  /// Whatever a byte is changed to, there is an image or a reason, of printable characters.
  @Test func `with a changed byte are read or refused with a reason`() throws {
    var random = Changes()
    var tried = 0
    for name in Expected.names {
      let whole = try bytes(name)
      for _ in 0..<40 {
        var changed = whole
        changed[Int.random(in: 0..<whole.count, using: &random)] = .random(in: 0...255)
        if Bool.random() { changed = changed.prefix(Int.random(in: 0...whole.count)) }
        tried += 1
        do {
          _ = try Image(bytes: changed, name: name, maxPixels: 1 << 20)
        } catch {
          let reason = try #require((error as? ImageFileError)?.description)
          #expect(!reason.contains(" ();") && reason.utf8.allSatisfy { $0 >= 32 && $0 != 127 })
        }
      }
    }
    #expect(tried > 3000)
  }

  @Test func `tell of more images and channels than are read`() throws {
    #expect(try Image(contentsOf: path("pages.tif")).notes == ["3 images in it; the first is read"])
    #expect(
      try Image(contentsOf: path("infrared.tif")).notes == [
        "1 more channel than colours; left out"
      ])
    #expect(
      try Image(contentsOf: path("five-channels.tif")).notes == [
        "2 more channels than colours; left out"
      ])
  }
}

@Suite struct `Turned images` {
  /// Writes an orientation into the place where a file has one, whatever its byte order.
  private func turned(_ whole: Data, to number: UInt8) throws -> Data {
    var data = whole
    let big = Data([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 1])
    let little = Data([0x12, 0x01, 3, 0, 1, 0, 0, 0, 1, 0])
    if let found = data.range(of: big) {
      data[found.upperBound - 1] = number
    } else {
      let found = try #require(data.range(of: little))
      data[found.upperBound - 2] = number
    }
    guard let chunk = data.range(of: Data("eXIf".utf8)) else { return data }
    let length = data[chunk.lowerBound - 4..<chunk.lowerBound].reduce(0) { $0 << 8 | Int($1) }
    let end = chunk.upperBound + length
    let checksum = checksum(data[chunk.lowerBound..<end])
    for place in 0..<4 {
      data[end + place] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * place))
    }
    return data
  }

  /// The CRC-32 of a PNG's chunk, bit by bit.
  private func checksum(_ bytes: Data) -> UInt32 {
    ~bytes.reduce(~0 as UInt32) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
  }

  @Test(arguments: [
    "turn.jpg", "turn-progressive.jpg", "turn.png", "turn.webp", "turn.tif", "turn-cmyk.tif",
  ])
  func `stand upright in all eight orientations`(name: String) throws {
    let expected = try Expected.all.get().turned
    for number in UInt8(1)...8 {
      let wanted = try #require(expected[String(number)])
      let image = try Image(bytes: turned(bytes(name), to: number), name: name)
      #expect(image.height == wanted.height && image.width == wanted.width)
      // The colours of the corners, in the order in which Pillow has them.
      let off = name.contains("cmyk") ? 0.4 : 0.03
      let color = { (row: Int, column: Int) in
        let pixels = image.colors(ofRows: row..<row + 1)
        return (0..<3).map { Double(pixels[3 * column + $0]) }
      }
      let corners = [20, image.height - 21].flatMap { row in
        [20, image.width - 21].flatMap { color(row, $0) }
      }
      try expectClose(
        corners, wanted.corners.map { Double($0) / 255 }, relative: 0, absolute: off)
      // The middle of what is white lies where it belongs.
      #expect(color(wanted.white[0] / 2, wanted.white[1] / 2).min() ?? 0 > 0.9, "\(number)")
    }
  }
}

@Suite struct `Ranges of numbers` {
  @Test func `are asked for where nobody can know them`() {
    for name in ["signed8.tif", "signed16.tif", "signed32.tif", "unsigned32.tif"] {
      #expect { try Image(contentsOf: path(name)) } throws: { error in
        "\(error)".contains("the values of black and white")
      }
    }
  }

  @Test func `refuse what lies outside`() {
    #expect(
      throws: ImageFileError.outOfRange(path("float-255.tif"), lowest: 0, highest: 235, 0...1)
    ) { try Image(contentsOf: path("float-255.tif")) }
    #expect {
      try Image(
        contentsOf: path("twelve-in-sixteen.tif"), reading: ImageReading(valueRange: 0...1023))
    } throws: { error in
      "\(error)".hasSuffix(
        "values from 0 to 4069, outside of 0 to 1023, the values of black and white")
    }
  }

  @Test func `refuse what is no number`() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      var data = try bytes("float-255.tif")
      // The strip is the last thing in the file.
      let place = data.count - 4
      withUnsafeBytes(of: value.bitPattern.littleEndian) {
        data.replaceSubrange(place..., with: $0)
      }
      #expect(throws: ImageFileError.notFinite("a.tif")) {
        try Image(bytes: data, name: "a.tif", reading: ImageReading(valueRange: 0...255))
      }
    }
  }

  @Test func `of 12 bits make 4095 white`() throws {
    let name = path("twelve-in-sixteen.tif")
    let image = try Image(contentsOf: name, reading: ImageReading(valueRange: 0...4095))
    #expect(image.brightest == 4069.0 / 4095)
    let dark = try Image(contentsOf: name)
    #expect(dark.brightest == 4069.0 / 65535)
    var use = RangeUse()
    use.add(try Image(contentsOf: path("lossless.webp")), named: "bytes")
    #expect(use.warning == nil, "8 bits have no other range")
    use.add(dark, named: "a.tif")
    #expect(use.warning?.contains("in a.tif") == true)
    #expect(use.warning?.contains("a camera of 12 bits wrote them, its range is 0 to 4095") == true)
    use.add(image, named: "b.tif")
    #expect(use.warning == nil, "one image that uses the range shows that it is right")
  }

  @Test func `do not touch files of 8 bits`() throws {
    for name in ["lossless.webp", "palette4.png", "runs8.bmp", "baseline.jpg", "lzw.tif"] {
      #expect(
        try Image(contentsOf: path(name), reading: ImageReading(valueRange: 0...4095))
          == Image(contentsOf: path(name)))
    }
  }

  @Test func `are kept as JSON`() throws {
    let reading = ImageReading(valueRange: -1...4095.5)
    let json = try JSONEncoder().encode(reading)
    #expect(try JSONDecoder().decode(ImageReading.self, from: json) == reading)
    #expect(try JSONDecoder().decode(ImageReading.self, from: Data("{}".utf8)) == ImageReading())
  }
}

@Suite struct `Limits of images` {
  /// 700,000 pixels: what a decoder keeps beside them counts.
  @Test(arguments: ["turn-progressive.jpg", "large-interlaced.png", "turn.webp", "large-deep.tif"])
  func `count the bytes that decoding takes, and are raised as the message says`(
    name: String
  ) throws {
    do {
      _ = try Image(contentsOf: path(name), maxPixels: 700_000)
      Issue.record("it takes more than four bytes a pixel")
    } catch ImageFileError.tooMuchMemory(_, let bytes, _) {
      let needed = ImageFileError.pixels(bytes)
      let message = ImageFileError.tooMuchMemory(name, bytes: bytes, limit: 1).description
      #expect(message.contains("a limit of \(needed) pixels allows it"))
      #expect(try Image(contentsOf: path(name), maxPixels: needed).width == 1000)
    }
    #expect(throws: ImageFileError.tooLarge(path(name), pixels: 700_000, limit: 699_999)) {
      try Image(contentsOf: path(name), maxPixels: 699_999)
    }
  }

  @Test func `count the bytes of a file`() throws {
    var large = try bytes("colours24.bmp").prefix(54)
    large.replaceSubrange(18..<26, with: [0xe8, 3, 0, 0, 0xbc, 2, 0, 0])
    large += Data(count: 2_100_000)
    #expect(throws: ImageFileError.tooMuchMemory("a.bmp", bytes: 4_200_054, limit: 3_848_576)) {
      try Image(bytes: large, name: "a.bmp", maxPixels: 700_000)
    }
    #expect(try Image(bytes: large, name: "a.bmp").height == 700)
  }

  @Test func `hold for headers that lie`() throws {
    var huge = try bytes("colours24.bmp")
    huge.replaceSubrange(18..<26, with: [0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f])
    for limit in [1, 1 << 28, Int.max] {
      #expect {
        try Image(bytes: huge, name: "a.bmp", maxPixels: limit)
      } throws: { error in
        guard case .tooLarge(_, pixels: let pixels, _) = error as? ImageFileError else {
          return false
        }
        return pixels == Int(Int32.max) * Int(Int32.max)
      }
    }
    huge.replaceSubrange(18..<26, with: [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80])
    #expect { try Image(bytes: huge, name: "a.bmp") } throws: { "\($0)".contains("pixels)") }
  }

  /// A lossy, a lossless and an extended WebP whose headers promise as much as they can.
  @Test func `hold for WebP before room is made for its pixels`() throws {
    let header = { (chunk: String, sides: [UInt8]) in
      Data("RIFF".utf8) + [200, 0, 0, 0] + Data("WEBP\(chunk)".utf8) + [180, 0, 0, 0]
        + Data(sides) + Data(repeating: 0, count: 180)
    }
    let files = [
      (header("VP8 ", [0x70, 4, 0, 0x9d, 1, 0x2a, 255, 255, 255, 255]), 16_383),
      (header("VP8L", [0x2f, 255, 255, 255, 15]), 16_384),
      (header("VP8X", [0, 0, 0, 0, 255, 255, 255, 255, 255, 255]), 1 << 24),
    ]
    for (file, side) in files {
      #expect(throws: ImageFileError.tooLarge("a.webp", pixels: side * side, limit: 1000)) {
        try Image(bytes: file, name: "a.webp", maxPixels: 1000)
      }
    }
  }

  @Test func `let thin images through`() throws {
    let thin = Image(height: 20_000, width: 1, pixels: [Float](repeating: 0.5, count: 60_000))
    let read = try Image(bytes: thin.encoded(), name: "thin.png")
    let resized = try read.resized(height: 64, width: 64)
    #expect(resized.pixels.allSatisfy { abs($0 - 128.0 / 255) < 1e-4 })
    #expect(try thin.resized(height: 1, width: 20_000).width == 20_000)
  }
}

@Suite struct `Where images come from` {
  @Test func `is a regular file, unless a pipe is named`() async throws {
    try await withTemporaryFolder { folder in
      let pipe = "\(folder)/a.png"
      try #require(mkfifo(pipe, 0o600) == 0)
      #expect(throws: ImageFileError.notAFile(pipe)) { try Image(contentsOf: pipe) }
      #expect(throws: ImageFileError.notAFile("/dev/zero")) { try Image(contentsOf: "/dev/zero") }
      #expect(throws: ImageFileError.notAFile("/dev/zero")) {
        try Image(contentsOf: "/dev/zero", takesPipes: true)
      }
      let whole = try bytes("lossless.webp")
      let writer = Thread {
        let file = FileHandle(forWritingAtPath: pipe)
        for start in stride(from: 0, to: whole.count, by: 100) {
          try? file?.write(contentsOf: whole[start..<min(start + 100, whole.count)])
        }
        try? file?.close()
      }
      writer.start()
      #expect(
        try Image(contentsOf: pipe, takesPipes: true) == Image(contentsOf: path("lossless.webp")))
    }
  }

  @Test func `is bounded for pipes that never end`() async throws {
    try await withTemporaryFolder { folder in
      let pipe = "\(folder)/a.png"
      try #require(mkfifo(pipe, 0o600) == 0)
      let writer = Thread {
        let file = open(pipe, O_WRONLY)
        let block = [UInt8](repeating: 0, count: 1 << 16)
        // Ends when the reader does; the signal would end the tests.
        signal(SIGPIPE, SIG_IGN)
        while write(file, block, block.count) > 0 {}
        close(file)
      }
      writer.start()
      #expect(throws: ImageFileError.tooManyBytes(pipe, limit: 1_052_576)) {
        try Image(contentsOf: pipe, maxPixels: 1000, takesPipes: true)
      }
    }
  }

  @Test func `is told by the first bytes, and camera raw data are refused`() throws {
    for text in [
      "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "%PDF-1.4\n%%EOF\n  ", "GIF89a......",
    ] {
      #expect(throws: ImageFileError.foreign("a.png")) {
        try Image(bytes: Data(text.utf8), name: "a.png")
      }
    }
    #expect(throws: ImageFileError.empty("a.png")) { try Image(bytes: Data(), name: "a.png") }
    #expect(throws: ImageFileError.unsupported("a.NEF", "raw data of a camera")) {
      try Image(bytes: bytes("turn.tif"), name: "a.NEF")
    }
    for name in ["camera-preview.tif", "camera-mosaic.tif", "camera-dng.tif"] {
      #expect(throws: ImageFileError.unsupported(path(name), "raw data of a camera, or a preview"))
      {
        try Image(contentsOf: path(name))
      }
    }
  }
}
