import Foundation
import FuzzerDriver

@testable import Images

/// What is tried; `--format=NAME` chooses one.
enum Format: String, CaseIterable {
  case image, mask

  /// The most pixels of an input: what is slow is no fault.
  private static let maxPixels = 1 << 16

  static let chosen = chosenFormat(Format.self)

  /// Reads bytes as this format, and uses what came out.
  func read(_ data: Data) {
    attempt(data)
    // Few changed bytes pass checksums, so that they are mended too.
    if let mended = PNGChecksums.mended(data) { attempt(mended) }
  }

  private func attempt(_ data: Data) {
    do {
      switch self {
      case .image: try Self.readImage(data)
      case .mask: try withFile(data, Self.readMask)
      }
    } catch {
      let text = "\(error)"
      require(error is ImageFileError || error is MaskError, text)
      require(text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }, text)
      require(!text.contains(" ();"), "no reason: \(text)")
    }
  }

  private static func readImage(_ data: Data) throws {
    // The last byte, which few decoders read, says how numbers are read.
    let ranges: [ClosedRange<Double>?] = [nil, 0...4095, -1...1, 0...1e9]
    let choice = Int(data.last ?? 0)
    let reading = ImageReading(valueRange: ranges[choice % ranges.count])
    let image = try Image(bytes: data, name: "input", maxPixels: maxPixels, reading: reading)
    require((1...8).contains(image.orientation), "orientation \(image.orientation)")
    check(image, maxPixels)
    // What is not decoding takes turns: each is slower than that.
    switch choice % 3 {
    case 0: try useResized(image, choice)
    case 1: try useParts(data, choice)
    default: try useRows(image, choice)
    }
  }

  private static func useResized(_ image: Image, _ choice: Int) throws {
    check(try image.resized(height: 7, width: 1 + choice), maxPixels)
    check(try image.resized(height: 1 + choice, width: 33), maxPixels)
  }

  /// Parts, of a decoder that may shrink the image meanwhile.
  private static func useParts(_ data: Data, _ choice: Int) throws {
    try withFile(data) { path in
      let (zoom, side) = (8 + choice, 8)
      let places = [(0, 0), (choice, 0), (choice / 2, choice)].map {
        Image.Place(row: $0.0, column: $0.1)
      }
      // They are of 8 bits, for training patches, and know no range.
      for part
        in (try? Image.parts(
          of: path, zoomedTo: zoom, side: side, at: places, maxPixels: maxPixels)) ?? []
      {
        check(part, maxPixels)
      }
    }
  }

  private static func useRows(_ image: Image, _ choice: Int) throws {
    let row = choice % image.height
    require(
      image.colors(ofRows: row..<row + 1).elementsEqual(
        image.pixels[3 * row * image.width..<3 * (row + 1) * image.width]))
    guard image.height * image.width <= 1 << 10 else { return }
    let again = try Image(bytes: image.encoded(), name: "again")
    require(again.height == image.height && again.width == image.width)
    let worst = zip(again.pixels, image.pixels).map { abs($0 - $1) }.max() ?? 0
    require(worst <= 0.501 / 255, "off by \(worst)")
  }

  private static func readMask(_ path: String) throws {
    let mask = try Mask(contentsOf: path, maxPixels: maxPixels)
    require(mask.isAnomalous.count == mask.height * mask.width)
    let small = mask.resized(height: 5, width: 9)
    // The smallest defect stays, and nothing becomes one.
    require(small.isEmpty == mask.isEmpty || mask.height < 5 || mask.width < 9)
    let image = try Image(contentsOf: path, maxPixels: maxPixels)
    let own = try Mask(contentsOf: path, of: image, maxPixels: maxPixels)
    require(own.height == image.height && own.width == image.width)
    _ = image.outlined(own)
  }

  /// What every image keeps.
  private static func check(_ image: Image, _ most: Int) {
    require(image.height > 0 && image.width > 0 && image.height * image.width <= most)
    require(image.pixels.count == 3 * image.height * image.width)
    require(image.pixels.allSatisfy { $0 >= -1e-4 && $0 <= 1 + 1e-4 }, "a colour beyond 0…1")
  }
}

/// A precondition that says what it misses in an optimised build too.
private func require(_ holds: Bool, _ message: @autoclosure () -> String = "a promise is broken") {
  if !holds { fatalError(message()) }
}

/// The checksums of the parts of a PNG.
private enum PNGChecksums {
  private static let table = (UInt32(0)..<256).map { byte in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  /// The file with right checksums; nil where it is no PNG, or they are right.
  static func mended(_ data: Data) -> Data? {
    var bytes = [UInt8](data)
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return nil }
    var at = 8
    while at + 12 <= bytes.count {
      let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - at - 12 else { break }
      let end = at + 8 + length
      let sum = ~bytes[at + 4..<end].reduce(UInt32.max) {
        $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)]
      }
      for place in 0..<4 { bytes[end + place] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * place)) }
      at = end + 4
    }
    return bytes.elementsEqual(data) ? nil : Data(bytes)
  }
}

/// What libFuzzer calls: any error will do, a trap will not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Format.chosen.read(input(start, count))
  return 0
}
