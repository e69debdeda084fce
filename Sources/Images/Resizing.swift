import CVips

extension Image {
  /// The picture at another size, whatever its aspect.
  ///
  /// Shrinking averages over what a new pixel covers; enlarging interpolates linearly.
  ///
  /// - Precondition: The sides are positive.
  public func resized(height newHeight: Int, width newWidth: Int) throws -> Image {
    precondition(newHeight > 0 && newWidth > 0, "\(newHeight) × \(newWidth)")
    guard newHeight != height || newWidth != width else { return self }
    var resized = [Float](repeating: 0, count: newHeight * newWidth * 3)
    let status = cv_resize(
      pixels, Int32(height), Int32(width), Int32(newHeight), Int32(newWidth), &resized)
    guard status == CVDone else {
      throw ImageFileError.damaged("picture", String(cString: cv_error()))
    }
    return Image(height: newHeight, width: newWidth, pixels: resized)
  }
}
