import CStudents
import Images
import UninformedStudents

/// The pixels of a caller, with a description that makes sense.
struct PixelsInMemory {
  private let pixels: UnsafeRawPointer
  private let format: PixelFormat
  private let width: Int
  private let height: Int
  private let rowBytes: Int

  /// - Throws: ``Refusal``.
  init(
    _ pixels: UnsafeRawPointer?, _ width: Int32, _ height: Int32, _ rowStride: Int64,
    _ format: students_format
  ) throws {
    guard let pixels else { throw Refusal("pixels: NULL; pass the address of the first pixel") }
    guard let format = PixelFormat(format) else {
      throw Refusal("format: \(format), which is not a students_format")
    }
    guard width > 0, height > 0 else {
      throw Refusal("width and height: \(width) × \(height); both must be positive")
    }
    let least = Int(width) * format.bytes
    guard rowStride == 0 || rowStride >= least else {
      throw Refusal(
        "row_stride: \(rowStride) bytes, but a row of \(width) pixels has \(least); 0 means no gaps"
      )
    }
    let rowBytes = rowStride == 0 ? least : Int(rowStride)
    guard !rowBytes.multipliedReportingOverflow(by: Int(height)).overflow else {
      throw Refusal(
        "height and row_stride: \(height) rows of \(rowBytes) bytes, more than any memory has")
    }
    (self.pixels, self.format, self.rowBytes) = (pixels, format, rowBytes)
    (self.width, self.height) = (Int(width), Int(height))
  }

  /// A copy of them.
  func image(maxPixels: Int, reading: ImageReading) throws -> Image {
    try Image(
      copying: pixels, format, height: height, width: width, rowBytes: rowBytes,
      maxPixels: maxPixels, reading: reading)
  }
}

extension PixelFormat {
  fileprivate init?(_ format: students_format) {
    switch Int(format) {
    case STUDENTS_GREY8: self = .grey8
    case STUDENTS_RGB8: self = .rgb8
    case STUDENTS_BGR8: self = .bgr8
    case STUDENTS_RGBA8: self = .rgba8
    case STUDENTS_BGRA8: self = .bgra8
    case STUDENTS_GREY16: self = .grey16
    case STUDENTS_RGB16: self = .rgb16
    default: return nil
    }
  }
}
