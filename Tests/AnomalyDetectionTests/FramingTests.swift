import Datasets
import Evaluation
import Foundation
import Images
import Randomness
import TestSupport
import Testing

@testable import AnomalyDetection

@Suite struct `A framing` {
  private static let sizes = [
    (1, 1), (1, 2), (7, 13), (3, 5000), (5000, 3), (64, 64), (255, 256), (33, 100),
  ]

  private static func regions(_ height: Int, _ width: Int) -> [Rectangle?] {
    [
      nil, Rectangle(x: width - 1, y: height / 2, width: 1, height: 1),
      Rectangle(x: width / 3, y: 0, width: width - width / 3, height: (height + 1) / 2),
    ]
  }

  /// The slow and obvious way: where the middle of a pixel of the square lies in the image; nil in the
  /// padding.
  private static func point(
    _ row: Int, _ column: Int, _ framing: Framing, height: Int, width: Int
  ) -> (y: Double, x: Double)? {
    let region = framing.region ?? Rectangle(x: 0, y: 0, width: width, height: height)
    var (left, top) = (Double(region.x), Double(region.y))
    var (wide, high) = (Double(region.width), Double(region.height))
    let side = Double(framing.side)
    var (u, v) = (Double(column) + 0.5, Double(row) + 0.5)
    var (across, down) = (side, side)
    switch framing.fit {
    case .squash: break
    case .crop:
      let shorter = min(wide, high)
      left += ((wide - shorter) / 2).rounded(.down)
      top += ((high - shorter) / 2).rounded(.down)
      (wide, high) = (shorter, shorter)
    case .pad:
      let scale = side / max(wide, high)
      across = max(1, (wide * scale).rounded())
      down = max(1, (high * scale).rounded())
      u -= ((side - across) / 2).rounded(.down)
      v -= ((side - down) / 2).rounded(.down)
    }
    guard u > 0, v > 0, u < across, v < down else { return nil }
    return (top + v / down * high, left + u / across * wide)
  }

  @Test(arguments: Framing.Fit.allCases)
  func `says of each pixel of the square what it shows`(fit: Framing.Fit) throws {
    for (height, width) in Self.sizes {
      let image = Image(
        height: height, width: width, pixels: .init(repeating: 0, count: 3 * height * width))
      for region in Self.regions(height, width) {
        for side in [1, 16, 17, 64] {
          let framing = Framing(side: side, fit: fit, region: region)
          let placement = try framing.placement(of: image)
          let name: Comment = "\(width) × \(height), \(fit), \(String(describing: region)), \(side)"
          #expect(placement.part.lies(inHeight: height, width: width), name)
          #expect(placement.content.lies(inHeight: side, width: side), name)
          let isPadding = placement.isPadding ?? [Bool](repeating: false, count: side * side)
          for row in 0..<side {
            for column in 0..<side {
              let point = Self.point(row, column, framing, height: height, width: width)
              try #require(isPadding[row * side + column] == (point == nil), name)
              guard let point else { continue }
              let box = placement.inImage(Region(x: column, y: row, width: 1, height: 1, area: 1))
              let isInside =
                Double(box.x) <= point.x && point.x <= Double(box.x + box.width)
                && Double(box.y) <= point.y && point.y <= Double(box.y + box.height)
              try #require(isInside, "\(name) at \(row), \(column): \(box)")
            }
          }
          let content = placement.content
          let whole = placement.inImage(
            Region(
              x: content.x, y: content.y, width: content.width, height: content.height,
              area: content.width * content.height))
          let part = placement.part
          #expect(
            whole
              == Region(
                x: part.x, y: part.y, width: part.width, height: part.height,
                area: part.width * part.height), name)
        }
      }
    }
  }

  @Test func `keeps the aspect where it pads, to a pixel`() throws {
    for (height, width) in Self.sizes {
      let placement = try Framing(side: 64, fit: .pad).placement(
        of: colored(height: height, width: width))
      let content = placement.content
      #expect(max(content.width, content.height) == 64)
      let shorter = Double(min(width, height)) * 64 / Double(max(width, height))
      #expect(abs(Double(min(content.width, content.height)) - shorter) <= max(0.5, 1 - shorter))
    }
  }

  @Test func `crops, cuts and pads without a change where nothing is scaled`() throws {
    let image = colored(height: 4, width: 7)
    let color = { (image: Image, row: Int, column: Int) in
      Array(image.pixels[3 * (row * image.width + column)..<3 * (row * image.width + column) + 3])
    }
    let cropped = try Framing(side: 4, fit: .crop).framed(image)
    let padded = try Framing(side: 7, fit: .pad).framed(image)
    let region = Rectangle(x: 3, y: 1, width: 3, height: 3)
    let cut = try Framing(side: 3, region: region).framed(image)
    for row in 0..<7 {
      for column in 0..<7 {
        if row < 4, column < 4 {
          #expect(color(cropped, row, column) == color(image, row, column + 1))
        }
        if row < 3, column < 3 {
          #expect(color(cut, row, column) == color(image, row + 1, column + 3))
        }
        // One row above and two below, which replicate the border.
        let inside = min(max(row - 1, 0), 3)
        #expect(color(padded, row, column) == color(image, inside, column))
      }
    }
    #expect(cropped.isIgnored == nil && cut.isIgnored == nil)
    #expect(padded.isIgnored == (0..<49).map { !(1...4).contains($0 / 7) })
    #expect(try Framing(side: 9).framed(image) == image.resized(height: 9, width: 9))
  }

  /// Decoded images are cut in the 8 or 16 bits of their files.
  @Test func `cuts decoded images as others`() throws {
    let image = colored(height: 31, width: 40)
    let decoded = try Image(bytes: image.encoded(), name: "a")
    let floats = Image(height: 31, width: 40, pixels: decoded.pixels)
    for fit in Framing.Fit.allCases {
      let framing = Framing(
        side: 16, fit: fit, region: Rectangle(x: 5, y: 2, width: 30, height: 11))
      let (one, other) = (try framing.framed(decoded), try framing.framed(floats))
      #expect(zip(one.pixels, other.pixels).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(one.isIgnored == other.isIgnored)
    }
  }

  @Test func `frames masks as their images`() throws {
    for fit in Framing.Fit.allCases {
      for region in Self.regions(33, 100) {
        let framing = Framing(side: 20, fit: fit, region: region)
        let image = colored(height: 33, width: 100)
        let placement = try framing.placement(of: image)
        for (row, column) in [(0, 0), (16, 50), (16, 99), (32, 33), (5, 40)] {
          let mask = Mask(
            height: 33, width: 100, isAnomalous: (0..<3300).map { $0 == row * 100 + column })
          let framed = try framing.framed(mask, of: image)
          let part = placement.part
          let isSeen =
            (part.x..<part.x + part.width).contains(column)
            && (part.y..<part.y + part.height).contains(row)
          #expect(framed.isEmpty != isSeen, "\(fit), \(row), \(column)")
          for (pixel, isMarked) in framed.isAnomalous.enumerated() where isMarked {
            let box = placement.inImage(
              Region(x: pixel % 20, y: pixel / 20, width: 1, height: 1, area: 1))
            #expect((box.x..<box.x + box.width).contains(column))
            #expect((box.y..<box.y + box.height).contains(row))
          }
        }
      }
    }
  }

  @Test func `refuses images in which its region does not lie`() throws {
    let region = Rectangle(x: 10, y: 0, width: 30, height: 20)
    let framing = Framing(side: 8, region: region)
    _ = try framing.framed(colored(height: 20, width: 40))
    let images = ImageCollection(count: 1, name: { _ in "small.png" }) { _ in
      colored(height: 20, width: 39)
    }.framed(by: framing)
    let error = FramingError.regionOutside("small.png", region, height: 20, width: 39)
    #expect(throws: error) { try images.image(0) }
    #expect(
      error.description
        .hasPrefix(
          "small.png: 39 × 20 pixels, too small for the region of interest (30 × 20 at 10,0)"))
  }

  @Test func `comes back from its JSON, and refuses what is none`() throws {
    let image = colored(height: 20, width: 40)
    let mask = Mask(height: 20, width: 40, isAnomalous: (0..<800).map { $0 % 40 < 5 })
    let plain = Framing(side: 9, fit: .pad, region: Rectangle(x: 1, y: 0, width: 30, height: 20))
    let framing = try plain.ignoring(mask, of: image, named: "mask")
    let text = String(decoding: try JSONEncoder().encode(framing), as: UTF8.self)
    let decoded = { (text: String) in
      try? JSONDecoder().decode(Framing.self, from: Data(text.utf8))
    }
    #expect(decoded(text) == framing)
    #expect(framing.identity != plain.identity && plain.identity == "fit pad, region 1,0,30,20")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let changed = { (change: (inout [String: Any], inout [String: Any]) -> Void) -> Framing? in
      var (outer, inner) = (object, object["ignored"] as? [String: Any] ?? [:])
      change(&outer, &inner)
      if !inner.isEmpty { outer["ignored"] = inner }
      let data = try? JSONSerialization.data(withJSONObject: outer)
      return data.flatMap { decoded(String(decoding: $0, as: UTF8.self)) }
    }
    #expect(changed { _, _ in } == framing)
    let bits = { (bytes: [UInt8]) in Data(bytes).base64EncodedString() }
    let size = (9 * 9 + 7) / 8
    for side in [-1, 0, 8, 10, 9000, Int.max] {
      #expect(changed { outer, _ in outer["side"] = side } == nil)
      #expect(changed { _, inner in inner["side"] = side } == nil)
    }
    for length in [0, size - 1, size + 1, 100_000] {
      #expect(
        changed { _, inner in inner["bits"] = bits(.init(repeating: 1, count: length)) } == nil)
    }
    // Nothing, everything, and pixels that there are not.
    #expect(changed { _, inner in inner["bits"] = bits(.init(repeating: 0, count: size)) } == nil)
    #expect(
      changed { _, inner in inner["bits"] = bits(.init(repeating: 255, count: size - 1) + [1]) }
        == nil)
    #expect(
      changed { _, inner in inner["bits"] = bits(.init(repeating: 1, count: size - 1) + [2]) }
        == nil)
    for value in [-1, 0, Int.max] {
      #expect(changed { _, inner in inner["imageWidth"] = value } == nil)
      let region = ["x": 0, "y": 0, "width": 5, "height": value]
      #expect(changed { outer, _ in outer["region"] = region } == nil)
    }
    for value in [-1, Int.max] {
      let region = ["x": value, "y": 0, "width": 5, "height": 5]
      #expect(changed { outer, _ in outer["region"] = region } == nil)
    }
    #expect(changed { outer, _ in outer["fit"] = "stretch" } == nil)
  }
}
