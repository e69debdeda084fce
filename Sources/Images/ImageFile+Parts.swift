import CVips
package import Foundation

extension Image {
  /// The place of a part in an image.
  public struct Place: Sendable, Equatable {
    /// The first row.
    public let row: Int
    /// The first column.
    public let column: Int

    /// A place.
    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  /// Decodes square parts of a file that is zoomed to a square, whatever its aspect.
  ///
  /// For training patches: only what the parts need is zoomed, in 8 bits.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - zoom: The side of the zoomed image.
  ///   - side: The side of a part.
  ///   - places: Where the parts begin in the zoomed image.
  ///   - maxPixels: The most pixels that the file may promise.
  /// - Returns: One image a place.
  /// - Throws: ``ImageFileError`` that names the file.
  /// - Precondition: The parts lie inside the zoomed image.
  public static func parts(
    of path: String, zoomedTo zoom: Int, side: Int, at places: [Place],
    maxPixels: Int = defaultPixelLimit
  ) throws -> [Image] {
    try parts(
      of: FileBytes.read(path, limit: byteLimit(maxPixels), takesPipes: false), named: path,
      zoomedTo: zoom, side: side, at: places, maxPixels: maxPixels)
  }

  /// Decodes parts of a file's bytes in memory, as ``parts(of:zoomedTo:side:at:maxPixels:)`` does those of a file.
  ///
  /// - Parameters:
  ///   - file: The bytes.
  ///   - name: What errors call it.
  ///   - zoom: The side of the zoomed image.
  ///   - side: The side of a part.
  ///   - places: Where the parts begin in the zoomed image.
  ///   - maxPixels: The most pixels that the file may promise.
  /// - Returns: One image a place.
  /// - Throws: ``ImageFileError``.
  /// - Precondition: The parts lie inside the zoomed image.
  package static func parts(
    of file: some ContiguousBytes, named name: String, zoomedTo zoom: Int, side: Int,
    at places: [Place], maxPixels: Int = defaultPixelLimit
  ) throws -> [Image] {
    for place in places {
      precondition(
        min(place.row, place.column) >= 0 && max(place.row, place.column) + side <= zoom,
        "\(place), side \(side), of \(zoom)")
    }
    // A decoder may shrink a photo that is much too large while it decodes it.
    let image = try file.withUnsafeBytes {
      try decoded(
        $0, name: name, maxPixels: maxPixels, reading: ImageReading(),
        leastSide: Int32(clamping: zoom))
    }
    return try image.withSamples { samples in
      var samples = samples
      let count = side * side * Int(samples.channels)
      var bytes = [UInt8](repeating: 0, count: places.count * count)
      let status = cv_parts(
        &samples, Int32(clamping: zoom), Int32(clamping: side),
        places.map { Int32(clamping: $0.row) }, places.map { Int32(clamping: $0.column) },
        Int32(clamping: places.count), &bytes)
      guard status == CVDone else {
        throw ImageFileError.damaged(name, String(cString: cv_error()))
      }
      return places.indices.map { part in
        let values = bytes[part * count..<(part + 1) * count].map { Float($0) / 255 }
        return Image(height: side, width: side, pixels: samples.repeated(values))
      }
    }
  }
}
