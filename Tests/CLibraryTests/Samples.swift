import CZlib
import Foundation

/// Pixels as a program has them, and the PNG file of the same.
struct Samples {
  static let width = 61
  static let height = 47

  /// Samples a pixel: grey, RGB or RGBA.
  let channels: Int
  /// 8 or 16.
  let bits: Int
  /// Row by row.
  let values: [UInt16]

  /// Waves of colour with a chequered square, from 0 to `white`; transparency differs everywhere.
  init(channels: Int, bits: Int = 8, white: Int? = nil) {
    let white = white ?? (1 << bits) - 1
    self.channels = channels
    self.bits = bits
    var values: [UInt16] = []
    for row in 0..<Self.height {
      for column in 0..<Self.width {
        let isDefect = (10..<25).contains(row) && (20..<40).contains(column)
        for channel in 0..<channels {
          let wave = (row * 7 + column * (3 + channel) + channel * 50) % 256 * white / 255
          values.append(UInt16(isDefect ? ((row / 3 + column / 3) % 2) * white : wave))
        }
      }
    }
    self.values = values
  }

  /// The samples in memory, with a gap of bytes behind each row.
  func memory(isBlueFirst: Bool = false, gap: Int = 0) -> [UInt8] {
    let order = isBlueFirst ? [2, 1, 0, 3] : [0, 1, 2, 3]
    var bytes: [UInt8] = []
    for row in 0..<Self.height {
      for column in 0..<Self.width {
        let first = (row * Self.width + column) * channels
        for channel in order.prefix(channels) {
          let value = values[first + channel]
          if bits == 8 {
            bytes.append(UInt8(value))
          } else {
            withUnsafeBytes(of: value) { bytes += $0 }
          }
        }
      }
      bytes += [UInt8](repeating: 0xAB, count: gap)
    }
    return bytes
  }

  /// Bytes of a row without its gap.
  var rowBytes: Int { Self.width * channels * bits / 8 }

  /// Writes a PNG, by nothing that the library uses.
  func writePNG(to path: String) throws {
    var rows: [UInt8] = []
    for row in 0..<Self.height {
      rows.append(0)
      for value in values[row * Self.width * channels..<(row + 1) * Self.width * channels] {
        if bits == 16 { rows.append(UInt8(value >> 8)) }
        rows.append(UInt8(value & 255))
      }
    }
    var size = compressBound(UInt(rows.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    guard compress2(&packed, &size, rows, UInt(rows.count), 6) == Z_OK else {
      throw CocoaError(.coderInvalidValue)
    }
    let kind: UInt8 = channels == 1 ? 0 : channels == 3 ? 2 : 6
    var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let head = Self.big(UInt32(Self.width)) + Self.big(UInt32(Self.height))
    png += Self.chunk("IHDR", head + [UInt8(bits), kind, 0, 0, 0])
    png += Self.chunk("IDAT", Array(packed.prefix(Int(size))))
    png += Self.chunk("IEND", [])
    try Data(png).write(to: URL(fileURLWithPath: path))
  }

  /// Writes a binary PPM.
  ///
  /// - Precondition: RGB of 8 bits.
  func writePPM(to path: String) throws {
    let head = "P6\n\(Self.width) \(Self.height)\n255\n"
    try Data(Array(head.utf8) + memory()).write(to: URL(fileURLWithPath: path))
  }

  private static func big(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  private static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let content = Array(name.utf8) + bytes
    return big(UInt32(bytes.count)) + content
      + big(UInt32(crc32(0, content, UInt32(content.count))))
  }
}
