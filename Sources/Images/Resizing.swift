import CVips

extension Image {
  /// The image at another size, whatever its aspect.
  ///
  /// Shrinking averages over what a new pixel covers; enlarging interpolates linearly. A decoded
  /// image becomes 32-bit numbers bit by bit, never as a whole.
  ///
  /// - Throws: ``ImageFileError`` where memory does not suffice, or the sides are too long.
  /// - Precondition: The sides are positive.
  public func resized(height newHeight: Int, width newWidth: Int) throws -> Image {
    precondition(newHeight > 0 && newWidth > 0, "\(newHeight) × \(newWidth)")
    guard newHeight != height || newWidth != width else {
      return Image(height: height, width: width, pixels: pixels)
    }
    return try withSamples { samples in
      let values = try samples.resized(
        toHeight: newHeight, width: newWidth, rows: 0..<newHeight)
      return Image(height: newHeight, width: newWidth, pixels: samples.repeated(values))
    }
  }

  /// What ``resized(height:width:)`` multiplies columns of pixels with, and rows: it is linear, and treats both
  /// sides apart.
  ///
  /// - Parameters:
  ///   - length: Pixels of a column.
  ///   - newLength: Pixels that it becomes.
  /// - Returns: newLength × length weights, row by row.
  /// - Throws: ``ImageFileError`` where memory does not suffice.
  package static func resizingWeights(from length: Int, to newLength: Int) throws -> [Float] {
    var weights = [Float](repeating: 0, count: newLength * length)
    // In images of some columns, in each of which one pixel is white.
    let together = 64
    for first in Swift.stride(from: 0, to: length, by: together) {
      let count = min(together, length - first)
      var pixels = [Float](repeating: 0, count: 3 * length * count)
      for column in 0..<count { pixels[3 * ((first + column) * count + column)] = 1 }
      let resized = try Image(height: length, width: count, pixels: pixels)
        .resized(height: newLength, width: count).pixels
      for row in 0..<newLength {
        for column in 0..<count {
          weights[row * length + first + column] = resized[3 * (row * count + column)]
        }
      }
    }
    return weights
  }

  /// Lends the samples to C.
  func withSamples<Result>(_ body: (CVSamples) throws -> Result) throws -> Result {
    switch storage {
    case .decoded(let samples): return try samples.withSamples(body)
    case .floats(let pixels):
      guard let height = Int32(exactly: height), let width = Int32(exactly: width) else {
        throw ImageFileError.damaged("image", "\(height) × \(width) pixels")
      }
      return try pixels.withUnsafeBytes {
        try body(
          CVSamples(
            samples: $0.baseAddress, kind: CVFloats, height: height, width: width, channels: 3,
            scale: 1, offset: 0))
      }
    }
  }
}

extension CVSamples {
  /// Some rows of these samples at another size.
  func resized(toHeight newHeight: Int, width newWidth: Int, rows: Range<Int>) throws -> [Float] {
    let (row, isTooLong) = newWidth.multipliedReportingOverflow(by: Int(channels))
    let (count, isTooLarge) = row.multipliedReportingOverflow(by: rows.count)
    guard !isTooLong, !isTooLarge, let height = Int32(exactly: newHeight),
      let width = Int32(exactly: newWidth)
    else { throw ImageFileError.damaged("image", "\(newHeight) × \(newWidth) pixels") }
    var samples = self
    var resized = [Float](repeating: 0, count: count)
    let status =
      rows == 0..<newHeight
      ? cv_resize(&samples, height, width, &resized)
      : cv_resize_rows(
        &samples, height, width, Int32(rows.lowerBound), Int32(rows.count), &resized)
    guard status == CVDone else {
      throw ImageFileError.damaged("image", String(cString: cv_error()))
    }
    return resized
  }

  /// Grey in three channels.
  func repeated(_ values: [Float]) -> [Float] {
    channels == 3 ? values : values.flatMap { [$0, $0, $0] }
  }
}
