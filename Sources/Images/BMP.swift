/// An image in the format of Windows bitmaps, decoded.
///
/// Our own, for libvips leaves BMP to ImageMagick, which hands files on to other programs. Headers
/// of OS/2 1.x and of Windows 3 to 5; 1, 2, 4, 8, 16, 24 and 32 bits, with palettes, bit masks and
/// run lengths; transparency is laid on black.
struct BMP {
  let samples: DecodedSamples

  /// Decodes a file.
  ///
  /// - Throws: ``ImageFileError`` that names the file.
  init(_ bytes: UnsafeRawBufferPointer, _ limits: Limits) throws {
    let reader = ByteReader(bytes: bytes, name: limits.name)
    let header = try Header(reader)
    // Both sides have 31 bits, so that nothing overflows below.
    let pixels = header.height * header.width
    let limit = min(limits.pixels, 1 << 40)
    guard pixels <= limit else {
      throw ImageFileError.tooLarge(limits.name, pixels: pixels, limit: limit)
    }
    let needed = 3 * pixels + bytes.count
    guard needed <= limits.bytes else {
      throw ImageFileError.tooMuchMemory(limits.name, bytes: needed, limit: limits.bytes)
    }
    let colors =
      header.isRunLength ? try Self.runLengths(reader, header) : try Self.rows(reader, header)
    samples = DecodedSamples(
      bytes: colors, height: header.height, width: header.width, channels: 3)
  }

  /// Reads numbers from bytes and never beyond them.
  struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    let name: String

    func byte(_ at: Int) throws -> Int {
      guard at >= 0, at < bytes.count else { throw ImageFileError.damaged(name, "cut short") }
      return Int(bytes[at])
    }

    func short(_ at: Int) throws -> Int { try byte(at) | byte(at + 1) << 8 }
    func long(_ at: Int) throws -> Int { try short(at) | short(at + 2) << 16 }
    func signed(_ at: Int) throws -> Int { Int(Int32(truncatingIfNeeded: try long(at))) }

    /// Checks that some bytes are there.
    func require(_ start: Int, count: Int) throws {
      guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
        throw ImageFileError.damaged(name, "cut short")
      }
    }
  }

  /// What stands before the pixels.
  struct Header {
    let height: Int
    let width: Int
    let isTopDown: Bool
    let bits: Int
    let compression: Int
    let start: Int
    /// Red, green and blue of each number; empty above 8 bits.
    var palette: [SIMD3<UInt8>] = []
    /// Of red, green, blue and transparency; empty up to 8 bits.
    var masks: [Mask] = []

    var isRunLength: Bool { compression == 1 || compression == 2 }

    init(_ reader: ByteReader) throws {
      let size = try reader.long(14)
      start = try reader.long(10)
      let damaged = { (reason: String) in ImageFileError.damaged(reader.name, reason) }
      switch size {
      case 12:
        width = try reader.short(18)
        height = try reader.short(20)
        isTopDown = false
        bits = try reader.short(24)
        compression = 0
      case 40, 52, 56, 64, 108, 124:
        width = try reader.signed(18)
        let rows = try reader.signed(22)
        height = abs(rows)
        isTopDown = rows < 0
        bits = try reader.short(28)
        compression = try reader.long(30)
      default: throw damaged("a header of \(size) bytes")
      }
      guard width > 0, height > 0, height <= Int32.max else {
        throw damaged("\(width) × \(height) pixels")
      }
      guard [1, 2, 4, 8, 16, 24, 32].contains(bits) else {
        throw ImageFileError.unsupported(reader.name, "BMP of \(bits) bits")
      }
      try checkCompression(reader, size)
      if bits <= 8 {
        palette = try Self.palette(reader, size, bits)
      } else {
        masks = try Self.masks(reader, size, bits, compression)
      }
    }

    private func checkCompression(_ reader: ByteReader, _ size: Int) throws {
      let isRead =
        switch compression {
        case 0: true
        case 1: bits == 8 && !isTopDown
        case 2: bits == 4 && !isTopDown
        // In a header of OS/2 2.x a 3 is another thing.
        case 3, 6: (bits == 16 || bits == 32) && size != 64
        default: false
        }
      guard isRead else {
        throw ImageFileError.unsupported(
          reader.name, "BMP of compression \(compression) and \(bits) bits")
      }
    }

    private static func palette(
      _ reader: ByteReader, _ size: Int, _ bits: Int
    ) throws -> [SIMD3<UInt8>] {
      let all = 1 << bits
      let used = size == 12 ? 0 : try reader.long(46)
      let count = used == 0 || used > all ? all : used
      let width = size == 12 ? 3 : 4
      try reader.require(14 + size, count: count * width)
      return try (0..<count).map { color in
        let at = 14 + size + color * width
        return SIMD3(
          UInt8(try reader.byte(at + 2)), UInt8(try reader.byte(at + 1)),
          UInt8(try reader.byte(at)))
      }
    }

    private static func masks(
      _ reader: ByteReader, _ size: Int, _ bits: Int, _ compression: Int
    ) throws -> [Mask] {
      guard compression == 3 || compression == 6 else {
        // Without masks a fourth byte is filling.
        return bits == 16
          ? [Mask(0x7c00), Mask(0x3e0), Mask(0x1f), Mask(0)]
          : [Mask(0xff0000), Mask(0xff00), Mask(0xff), Mask(0)]
      }
      // They follow a short header and are part of a long one; only the latter has transparency,
      // or a kind of its own.
      let hasAlpha = size >= 56 || compression == 6
      return try (0..<4).map { number in
        number < 3 || hasAlpha ? Mask(try reader.long(54 + 4 * number)) : Mask(0)
      }
    }
  }

  /// Which bits of a pixel are a colour.
  struct Mask {
    private let mask: UInt32
    private let shift: UInt32
    private let white: UInt32

    var isEmpty: Bool { mask == 0 }

    init(_ mask: Int) {
      self.mask = UInt32(truncatingIfNeeded: mask)
      shift = self.mask == 0 ? 0 : UInt32(self.mask.trailingZeroBitCount)
      white = self.mask >> shift
    }

    /// The colour in 0…255.
    func value(_ pixel: UInt32) -> UInt32 {
      guard white > 0 else { return 0 }
      let (value, whole) = (UInt64((pixel & mask) >> shift), UInt64(white))
      return UInt32((value * 255 + whole / 2) / whole)
    }
  }

  /// Pixels in rows of whole words.
  private static func rows(_ reader: ByteReader, _ header: Header) throws -> [UInt8] {
    let bytesPerRow = (header.width * header.bits + 31) / 32 * 4
    // Writers leave out the filling of the last row.
    let last = (header.width * header.bits + 7) / 8
    try reader.require(header.start, count: bytesPerRow * (header.height - 1) + last)
    var colors = [UInt8](repeating: 0, count: header.height * header.width * 3)
    for row in 0..<header.height {
      let start = header.start + row * bytesPerRow
      var target = (header.isTopDown ? row : header.height - 1 - row) * header.width * 3
      for column in 0..<header.width {
        let color = try color(reader, header, start, column)
        colors[target] = color.x
        colors[target + 1] = color.y
        colors[target + 2] = color.z
        target += 3
      }
    }
    return colors
  }

  private static func color(
    _ reader: ByteReader, _ header: Header, _ start: Int, _ column: Int
  ) throws -> SIMD3<UInt8> {
    switch header.bits {
    case 24:
      let at = start + 3 * column
      return SIMD3(reader.bytes[at + 2], reader.bytes[at + 1], reader.bytes[at])
    case 16, 32:
      let at = start + header.bits / 8 * column
      let pixel = UInt32(try header.bits == 16 ? reader.short(at) : reader.long(at))
      let alpha = header.masks[3].isEmpty ? 255 : header.masks[3].value(pixel)
      let part = { (channel: Int) in
        UInt8((header.masks[channel].value(pixel) * alpha + 127) / 255)
      }
      return SIMD3(part(0), part(1), part(2))
    default:
      let bit = column * header.bits
      let byte = Int(reader.bytes[start + bit / 8])
      let number = byte >> (8 - header.bits - bit % 8) & (1 << header.bits - 1)
      return try color(number, reader, header)
    }
  }

  private static func color(
    _ number: Int, _ reader: ByteReader, _ header: Header
  ) throws -> SIMD3<UInt8> {
    guard number < header.palette.count else {
      throw ImageFileError.damaged(reader.name, "a colour that its palette lacks")
    }
    return header.palette[number]
  }

  /// Runs of one colour, stretches of single ones, and jumps; what is jumped over has the first colour.
  private static func runLengths(_ reader: ByteReader, _ header: Header) throws -> [UInt8] {
    var page = Page(header)
    try page.fill(with: color(0, reader, header))
    var at = header.start
    while !page.isDone {
      let (count, value) = (try reader.byte(at), try reader.byte(at + 1))
      at += 2
      switch (count, value) {
      case (0, 0): page.endRow()
      case (0, 1): return page.colors
      case (0, 2):
        try page.jump(right: reader.byte(at), up: reader.byte(at + 1), reader.name)
        at += 2
      case (0, _):
        for pixel in 0..<value {
          let byte = try reader.byte(at + (header.bits == 8 ? pixel : pixel / 2))
          page.put(try color(nibble(byte, pixel, header), reader, header))
        }
        let length = header.bits == 8 ? value : (value + 1) / 2
        at += length + length % 2
      default:
        for pixel in 0..<count {
          page.put(try color(nibble(value, pixel, header), reader, header))
        }
      }
    }
    return page.colors
  }

  /// A number of 8 bits, or the left or right of two of 4.
  private static func nibble(_ byte: Int, _ pixel: Int, _ header: Header) -> Int {
    header.bits == 8 ? byte : pixel % 2 == 0 ? byte >> 4 : byte & 15
  }

  /// A page that is filled from its lowest row up.
  private struct Page {
    private(set) var colors: [UInt8]
    private let height: Int
    private let width: Int
    private var row = 0
    private var column = 0

    init(_ header: Header) {
      (height, width) = (header.height, header.width)
      colors = [UInt8](repeating: 0, count: height * width * 3)
    }

    /// Whether nothing more has a place; an end mark may be lacking then.
    var isDone: Bool { row >= height || (row == height - 1 && column >= width) }

    mutating func fill(with color: SIMD3<UInt8>) {
      for start in stride(from: 0, to: colors.count, by: 3) { set(start, color) }
    }

    private mutating func set(_ start: Int, _ color: SIMD3<UInt8>) {
      colors[start] = color.x
      colors[start + 1] = color.y
      colors[start + 2] = color.z
    }

    /// Puts a pixel; what lies beyond the row is dropped, as other decoders do.
    mutating func put(_ color: SIMD3<UInt8>) {
      guard row < height, column < width else { return }
      set(((height - 1 - row) * width + column) * 3, color)
      column += 1
    }

    mutating func endRow() {
      row += 1
      column = 0
    }

    mutating func jump(right: Int, up: Int, _ name: String) throws {
      guard row + up < height, column + right <= width else {
        throw ImageFileError.damaged(name, "a jump out of the image")
      }
      row += up
      column += right
    }
  }
}
