import CVips

extension Image {
  /// Decodes a file, zoomed to a square.
  public init(contentsOf path: String, zoomedTo side: Int) throws {
    var out = CVPixels()
    let status = cv_read(path, 1 << 28, Int32(side), &out)
    guard status == 0 else { throw ImageFileError.x(String(cString: cv_error())) }
    defer { cv_free(&out) }
    let count = Int(out.width) * Int(out.height) * 3
    let bytes = UnsafeRawBufferPointer(start: out.bytes, count: count)
    self.init(height: Int(out.height), width: Int(out.width), pixels: bytes.map { Float($0) / 255 })
  }
}

/// Why a picture cannot be read.
public enum ImageFileError: Error {
  /// In libvips's words.
  case x(String)
}
