import UninformedStudents

/// A defect that no method with tiny settings can miss: a chequered square of 20 × 20 pixels.
struct DrawnDefect {
  static let left = 30
  static let top = 24
  static let side = 20

  /// Writes a copy of an image with the defect on it.
  static func draw(on path: String, to copy: String) throws {
    let image = try Image(contentsOf: path)
    var pixels = image.pixels
    for row in top..<top + side {
      for column in left..<left + side {
        let first = (row * image.width + column) * 3
        pixels.replaceSubrange(
          first..<first + 3,
          with: repeatElement((row / 3 + column / 3) % 2 == 0 ? 0 : 1, count: 3))
      }
    }
    try Image(height: image.height, width: image.width, pixels: pixels).write(to: copy)
  }

  /// Whether a region of an inspection, as JSON, has its middle in the defect.
  static func holdsMiddle(of region: [String: Any]) -> Bool {
    guard let x = region["x"] as? Int, let y = region["y"] as? Int,
      let width = region["width"] as? Int, let height = region["height"] as? Int
    else { return false }
    return (left..<left + side).contains(x + width / 2)
      && (top..<top + side).contains(y + height / 2)
  }
}
