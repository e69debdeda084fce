import CVips

/// What the samples of a pixel in memory are.
package enum PixelFormat: Sendable, CaseIterable {
  /// One of 8 bits.
  case grey8
  /// Three of 8 bits, red first.
  case rgb8
  /// Three of 8 bits, blue first.
  case bgr8
  /// Four of 8 bits, red first; the last is how much the pixel covers.
  case rgba8
  /// Four of 8 bits, blue first; the last is how much the pixel covers.
  case bgra8
  /// One of 16 bits, in the order of this machine's bytes.
  case grey16
  /// Three of 16 bits, red first.
  case rgb16

  /// The bytes of a pixel.
  package var bytes: Int {
    switch self {
    case .grey8: 1
    case .grey16: 2
    case .rgb8, .bgr8: 3
    case .rgba8, .bgra8: 4
    case .rgb16: 6
    }
  }

  fileprivate var kind: CVSampleKind { self == .grey16 || self == .rgb16 ? CVWords : CVBytes }

  fileprivate var layout: CVLayout {
    switch self {
    case .grey8, .grey16: CVGrey
    case .rgb8, .rgb16: CVRGB
    case .bgr8: CVBGR
    case .rgba8: CVRGBA
    case .bgra8: CVBGRA
    }
  }
}

extension Image {
  /// Copies pixels that lie in memory, such as those of a camera: the image that a PNG file of them gives.
  ///
  /// - Parameters:
  ///   - pixels: The first sample of the first row, at any address.
  ///   - format: What samples a pixel has.
  ///   - height: Rows.
  ///   - width: Pixels in a row.
  ///   - rowBytes: From the start of a row to that of the next.
  ///   - name: What errors call it.
  ///   - maxPixels: The most pixels that it may have.
  ///   - reading: How numbers of 16 bits become colours.
  /// - Throws: ``ImageFileError``.
  /// - Precondition: There is a pixel, and a row is no longer than `rowBytes`.
  package init(
    copying pixels: UnsafeRawPointer, _ format: PixelFormat, height: Int, width: Int,
    rowBytes: Int, named name: String = "image", maxPixels: Int = defaultPixelLimit,
    reading: ImageReading = .init()
  ) throws {
    precondition(
      height > 0 && width > 0 && rowBytes / format.bytes >= width,
      "\(width) × \(height) pixels in rows of \(rowBytes) bytes")
    let (count, isTooLarge) = height.multipliedReportingOverflow(by: width)
    guard !isTooLarge, count <= maxPixels, let height = Int32(exactly: height),
      let width = Int32(exactly: width)
    else {
      throw ImageFileError.tooLarge(name, pixels: isTooLarge ? .max : count, limit: maxPixels)
    }
    var image = CVImage()
    let status = cv_take(
      pixels, format.kind, format.layout, height, width, rowBytes, &image)
    try Limits(name: name, pixels: maxPixels, bytes: Self.byteLimit(maxPixels))
      .check(status, image)
    try self.init(image, name: name, range: reading.valueRange)
  }
}
