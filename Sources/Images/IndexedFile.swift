import CZlib

/// Files of palettes, changed so that they decode to the numbers of their colours.
///
/// In a mask the number says what a pixel is; colours may be any, all black even. The pixels of a
/// palette image are laid out as those of a grey one of as many bits, so little has to be changed.
enum IndexedFile {
  /// The bytes of a file that decodes to numbers; nil where the file has no palette.
  ///
  /// Numbers may come multiplied, by the same for all, and 0 stays 0.
  static func numbers(_ file: [UInt8]) -> [UInt8]? {
    if file.starts(with: signature) { return png(file) }
    if file.starts(with: Array("BM".utf8)) { return bmp(file) }
    return tiff(file)
  }

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  // MARK: - PNG

  /// The header says grey, and what belongs to the palette is left out.
  private static func png(_ file: [UInt8]) -> [UInt8]? {
    let (palette, grey): (UInt8, UInt8) = (3, 0)
    // Signature, length, IHDR, width, height, depth, kind of colour.
    guard file.count > 33, file[12..<16].elementsEqual("IHDR".utf8), file[25] == palette,
      checksum(file[12..<29]) == big(file, 29, 4)
    else { return nil }
    var numbers = Array(file[..<33])
    numbers[25] = grey
    let sum = checksum(numbers[12..<29])
    for place in 0..<4 { numbers[29 + place] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * place)) }
    var at = 33
    while file.count - at >= 12 {
      let length = big(file, at, 4)
      guard length <= file.count - at - 12 else { break }
      let kind = file[at + 4..<at + 8]
      if !["PLTE", "tRNS", "bKGD", "sBIT", "hIST"].contains(where: { kind.elementsEqual($0.utf8) })
      {
        numbers += file[at..<at + length + 12]
      }
      at += length + 12
    }
    // What is cut short stays so.
    return numbers + file[at...]
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(crc32(0, Array(bytes), UInt32(bytes.count)))
  }

  // MARK: - TIFF

  /// The tag that says what numbers mean says that 0 is black.
  private static func tiff(_ file: [UInt8]) -> [UInt8]? {
    guard file.count > 16 else { return nil }
    let isBig = file[0] == UInt8(ascii: "M")
    guard isBig || file[0] == UInt8(ascii: "I"), file[0] == file[1] else { return nil }
    let read = { (at: Int, count: Int) in isBig ? big(file, at, count) : little(file, at, count) }
    let version = read(2, 2)
    guard version == 42 || version == 43 else { return nil }
    let isLarge = version == 43
    let start = read(isLarge ? 8 : 4, isLarge ? 8 : 4)
    let (header, size) = isLarge ? (8, 20) : (2, 12)
    guard start >= 0, start <= file.count - header else { return nil }
    let entries = read(start, header)
    guard entries >= 0, entries <= (file.count - start - header) / size else { return nil }
    for entry in 0..<entries {
      let at = start + header + entry * size
      let (interpretation, palette) = (262, 3)
      guard read(at, 2) == interpretation else { continue }
      let value = at + (isLarge ? 12 : 8)
      guard read(value, 2) == palette else { return nil }
      var numbers = file
      numbers[isBig ? value + 1 : value] = 1
      return numbers
    }
    return nil
  }

  // MARK: - BMP

  /// Each colour of the palette is the grey of its number.
  private static func bmp(_ file: [UInt8]) -> [UInt8]? {
    guard file.count > 54 else { return nil }
    let size = little(file, 14, 4)
    let (isOld, isNew) = (size == 12, (40...124).contains(size))
    guard isOld || isNew else { return nil }
    let bits = little(file, isOld ? 24 : 28, 2)
    guard [1, 2, 4, 8].contains(bits) else { return nil }
    let used = isOld ? 0 : little(file, 46, 4)
    let count = used == 0 || used > 1 << bits ? 1 << bits : used
    let width = isOld ? 3 : 4
    guard 14 + size + count * width <= file.count else { return nil }
    var numbers = file
    for color in 0..<count {
      for channel in 0..<3 { numbers[14 + size + color * width + channel] = UInt8(color) }
    }
    return numbers
  }

  // MARK: - Numbers

  /// The bytes as a number, the highest first; -1 where it is too large.
  private static func big(_ file: [UInt8], _ at: Int, _ count: Int) -> Int {
    let value = file[at..<at + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value) ?? -1
  }

  private static func little(_ file: [UInt8], _ at: Int, _ count: Int) -> Int {
    let value = file[at..<at + count].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value) ?? -1
  }
}
