import CVips
import Files

extension Image {
  /// The place of a part in a picture.
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
  ///   - zoom: The side of the zoomed picture.
  ///   - side: The side of a part.
  ///   - places: Where the parts begin in the zoomed picture.
  ///   - maxPixels: The most pixels that the file may promise.
  /// - Returns: One picture a place.
  /// - Throws: ``ImageFileError`` that names the file.
  /// - Precondition: The parts lie inside the zoomed picture.
  public static func parts(
    of path: String, zoomedTo zoom: Int, side: Int, at places: [Place],
    maxPixels: Int = defaultPixelLimit
  ) throws -> [Image] {
    for place in places {
      precondition(
        min(place.row, place.column) >= 0 && max(place.row, place.column) + side <= zoom,
        "\(place), side \(side), of \(zoom)")
    }
    var bytes = [UInt8](repeating: 0, count: places.count * side * side * 3)
    var promised: Int64 = 0
    let status = withSystemPath(path) {
      cv_read_parts(
        $0, Int64(maxPixels), Int32(zoom), Int32(side), places.map { Int32($0.row) },
        places.map { Int32($0.column) }, Int32(places.count), &bytes, &promised)
    }
    try check(status, path, promised: promised, limit: maxPixels)
    let count = side * side * 3
    return places.indices.map { part in
      Image(
        height: side, width: side,
        pixels: bytes[part * count..<(part + 1) * count].map { Float($0) / 255 })
    }
  }
}
