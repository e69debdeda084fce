import CVips

extension Image {
  /// Text, black on white, in a sans-serif font of the system.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - points: About the height of its letters, in pixels.
  ///   - width: Lines are broken between words to be at most so wide, and centred; nil breaks none.
  /// - Returns: An image as large as the text; nil where the system has no fonts.
  static func label(_ text: String, points: Int = 13, within width: Int? = nil) -> Image? {
    var coverage: UnsafeMutablePointer<UInt8>?
    let line = Int32(clamping: width ?? 0)
    var (height, width): (Int32, Int32) = (0, 0)
    let plain = text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }.joined()
    let status = cv_text(plain, Int32(clamping: points), line, &coverage, &height, &width)
    guard status == CVDone, let coverage else { return nil }
    defer { cv_free(coverage) }
    let pixels = UnsafeBufferPointer(start: coverage, count: Int(height) * Int(width)).flatMap {
      repeatElement(1 - Float($0) / 255, count: 3)
    }
    return Image(height: Int(height), width: Int(width), pixels: pixels)
  }
}
