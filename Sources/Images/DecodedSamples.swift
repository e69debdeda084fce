import CVips
import Synchronization

/// The samples of a decoded file, grey or RGB, as they are in the file.
///
/// Nothing changes them after `init`, so that any thread may read them.
final class DecodedSamples: @unchecked Sendable {
  let height: Int
  let width: Int
  /// See ``Image/brightest``.
  let brightest: Double?
  private let channels: Int
  private let kind: CVSampleKind
  /// A colour is a sample times `scale`, plus `offset`.
  private let scale: Float
  private let offset: Float
  private let memory: Memory
  private let floats = Mutex<[Float]?>(nil)

  private enum Memory {
    /// Freed with this object.
    case native(UnsafeMutableRawPointer)
    case bytes([UInt8])
  }

  /// Takes over what was decoded.
  ///
  /// - Parameters:
  ///   - image: Sides, channels and samples, which this object frees.
  ///   - low: The sample that is black.
  ///   - high: The sample that is white.
  init?(taking image: CVImage, low: Double, high: Double) {
    guard let samples = image.samples else { return nil }
    height = Int(image.height)
    width = Int(image.width)
    channels = Int(image.channels)
    kind = image.kind
    brightest = kind == CVBytes ? nil : (image.highest - low) / (high - low)
    // 32-bit numbers are scaled by the decoder.
    scale = kind == CVFloats ? 1 : 1 / Float(high - low)
    offset = kind == CVFloats ? 0 : Float(-low / (high - low))
    memory = .native(samples)
  }

  /// Samples of 8 bits.
  ///
  /// - Precondition: There is one a channel and pixel.
  init(bytes: [UInt8], height: Int, width: Int, channels: Int) {
    precondition(bytes.count == height * width * channels, "\(bytes.count) bytes")
    self.height = height
    self.width = width
    self.channels = channels
    brightest = nil
    kind = CVBytes
    scale = 1 / 255
    offset = 0
    memory = .bytes(bytes)
  }

  /// A part of these samples.
  ///
  /// - Precondition: It lies in them.
  func cropped(to part: Rectangle) -> DecodedSamples { DecodedSamples(self, part) }

  private init(_ whole: DecodedSamples, _ part: Rectangle) {
    (height, width) = (part.height, part.width)
    (channels, kind, brightest) = (whole.channels, whole.kind, whole.brightest)
    (scale, offset) = (whole.scale, whole.offset)
    let sample = kind == CVFloats ? 4 : kind == CVWords ? 2 : 1
    let pixel = sample * channels
    memory = .bytes(
      whole.withSamples { samples in
        guard let pointer = samples.samples else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(part.height * part.width * pixel)
        for row in part.rows {
          bytes.append(
            contentsOf: UnsafeRawBufferPointer(
              start: pointer + (row * whole.width + part.x) * pixel, count: part.width * pixel))
        }
        return bytes
      })
  }

  deinit {
    if case .native(let samples) = memory { cv_free(samples) }
  }

  private var count: Int { height * width * channels }

  /// Lends the samples to C.
  func withSamples<Result>(_ body: (CVSamples) throws -> Result) rethrows -> Result {
    switch memory {
    case .native(let pointer): return try body(samples(at: pointer))
    case .bytes(let bytes):
      return try bytes.withUnsafeBytes { try body(samples(at: $0.baseAddress)) }
    }
  }

  private func samples(at pointer: UnsafeRawPointer?) -> CVSamples {
    // No side of a decoded image is longer than 31 bits.
    CVSamples(
      samples: pointer, kind: kind, height: Int32(clamping: height), width: Int32(clamping: width),
      channels: Int32(clamping: channels), scale: Double(scale), offset: Double(offset))
  }

  /// The bytes of red, green and blue, where that is what the samples are.
  func withRGBBytes<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result? {
    guard kind == CVBytes, channels == 3 else { return nil }
    return try withSamples { samples in
      try samples.samples.map { try body($0.assumingMemoryBound(to: UInt8.self)) }
    }
  }

  /// The colours of all pixels.
  var pixels: [Float] {
    floats.withLock { kept in
      if let kept { return kept }
      let made = colors(ofRows: 0..<height)
      kept = made
      return made
    }
  }

  /// The colours of some rows, interleaved.
  func colors(ofRows rows: Range<Int>) -> [Float] {
    let (start, count) = (rows.lowerBound * width * channels, rows.count * width * channels)
    let values = withSamples { samples -> [Float] in
      guard let pointer = samples.samples else { return [] }
      let (scale, offset) = (self.scale, self.offset)
      switch kind {
      case CVWords:
        let words = UnsafeBufferPointer(
          start: pointer.assumingMemoryBound(to: UInt16.self) + start, count: count)
        return words.map { Float($0) * scale + offset }
      case CVFloats:
        return Array(
          UnsafeBufferPointer(
            start: pointer.assumingMemoryBound(to: Float.self) + start, count: count))
      default:
        let bytes = UnsafeBufferPointer(
          start: pointer.assumingMemoryBound(to: UInt8.self) + start, count: count)
        return bytes.map { Float($0) * scale + offset }
      }
    }
    return channels == 3 ? values : values.flatMap { [$0, $0, $0] }
  }
}
