public import Datasets

extension ImageCollection {
  /// The images but for some.
  ///
  /// - Parameter names: The images left out, by their names or by the last parts of these.
  /// - Returns: The others.
  /// - Throws: ``CalibrationError`` where there is no such image, or none is left.
  public func leavingOut(_ names: [String]) throws -> ImageCollection {
    guard !names.isEmpty else { return self }
    return selecting(
      try Calibration.numbers(of: (0..<count).map(name), leavingOut: names))
  }
}
