/// How the numbers of image files become colours.
///
/// A model is fed as it was trained: keep the value with it.
public struct ImageReading: Codable, Sendable, Equatable {
  /// The numbers that are black and white in files of more than 8 bits; nil for 0 and 1 in files
  /// of floats, and for all that the bits can say in files of integers.
  ///
  /// `0...4095` is for cameras of 12 bits that write files of 16. A file with a number outside is
  /// refused. Files of 8 bits and less, palettes and CMYK do not ask.
  public var valueRange: ClosedRange<Double>?

  /// A way to read.
  public init(valueRange: ClosedRange<Double>? = nil) {
    self.valueRange = valueRange
  }
}

/// Watches whether a set of images uses only a small part of the range that it is read by.
public struct RangeUse: Sendable {
  private var highest: Double?
  private var name = ""

  /// Of no image yet.
  public init() {}

  /// Takes an image into account.
  ///
  /// - Parameters:
  ///   - image: The image as it was decoded.
  ///   - name: What to call it.
  public mutating func add(_ image: Image, named name: String) {
    guard let brightest = image.brightest, brightest > highest ?? -1 else { return }
    highest = brightest
    self.name = name
  }

  /// How many bits the camera has that wrote such images, where none of more than 8 bits comes to a quarter
  /// of its range.
  private var likelyBits: Int? {
    guard let highest, highest < 0.25, highest > 0 else { return nil }
    // The brightest of 16 bits tells it.
    let value = Int((highest * 65535).rounded())
    return [8, 10, 12, 14].first { value < 1 << $0 } ?? 14
  }

  /// The range of that camera.
  public var likelyRange: ClosedRange<Int>? { likelyBits.map { 0...(1 << $0) - 1 } }

  /// What to tell where there is a ``likelyRange``.
  public var warning: String? {
    guard let highest, let bits = likelyBits else { return nil }
    return "the brightest value of all images with more than 8 bits (in \(name)) is at "
      + "\(Int((highest * 1000).rounded())) thousandths of the range from black to white, so "
      + "all look nearly black; if a camera of \(bits) bits wrote them, its range is 0 to "
      + "\((1 << bits) - 1)"
  }
}
