import CVips
import Files
import Foundation

/// The numbers of an image, such as scores, as they are.
public struct NumberImage: Sendable {
  let height: Int
  let width: Int
  let numbers: [Float]

  /// Numbers row by row.
  ///
  /// - Precondition: There is one a pixel.
  public init(height: Int, width: Int, numbers: [Float]) {
    precondition(numbers.count == height * width, "\(numbers.count) for \(height) × \(width)")
    (self.height, self.width, self.numbers) = (height, width, numbers)
  }

  /// Writes a TIFF of 32-bit floats that says what it is.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - origin: What it is.
  /// - Throws: ``OriginError`` where another file is there; `FileError` where it cannot be written.
  public func write(to path: String, as origin: Origin) throws {
    try origin.checkReplaceable(path)
    var bytes: UnsafeMutableRawPointer?
    var count = 0
    let status = cv_encode_numbers(
      numbers, Int32(clamping: height), Int32(clamping: width), origin.words, &bytes, &count)
    guard status == CVDone, let bytes else {
      throw ImageFileError.damaged(path, String(cString: cv_error()))
    }
    defer { cv_free(bytes) }
    try AtomicFile.write(Data(bytes: bytes, count: count), to: path)
  }
}
