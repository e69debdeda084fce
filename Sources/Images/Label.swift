import CVips

extension Image {
  /// A line of text, black on white, in a sans-serif font of the system.
  ///
  /// - Parameters:
  ///   - text: The line.
  ///   - points: About the height of its letters, in pixels.
  /// - Returns: A picture as large as the text; nil where the system has no fonts.
  static func label(_ text: String, points: Int = 13) -> Image? {
    var coverage: UnsafeMutablePointer<UInt8>?
    var (height, width): (Int32, Int32) = (0, 0)
    let plain = text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }.joined()
    guard cv_text(plain, Int32(points), &coverage, &height, &width) == CVDone, let coverage else {
      return nil
    }
    defer { cv_free_bytes(coverage) }
    let pixels = UnsafeBufferPointer(start: coverage, count: Int(height) * Int(width)).flatMap {
      repeatElement(1 - Float($0) / 255, count: 3)
    }
    return Image(height: Int(height), width: Int(width), pixels: pixels)
  }
}
