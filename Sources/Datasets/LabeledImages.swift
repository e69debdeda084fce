/// Many small images of one size, each with the number of its class.
public struct LabeledImages: Sendable, Equatable {
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int
  /// 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// All images one after the other, each row by row, its colours interleaved, 0…255.
  public let pixels: [UInt8]
  /// The class of each image, from 0.
  public let labels: [UInt8]

  /// Images of the given pixels.
  ///
  /// - Precondition: There are as many pixels as the labels and sides promise.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [UInt8]) {
    precondition(
      pixels.count == labels.count * height * width * channels,
      "\(pixels.count) numbers for \(labels.count) images")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
  }

  /// How many images there are.
  public var count: Int { labels.count }

  /// Numbers an image.
  private var size: Int { height * width * channels }

  /// The pixels of one image.
  public func picture(_ number: Int) -> ArraySlice<UInt8> {
    pixels[number * size..<(number + 1) * size]
  }

  /// The images of the given numbers, in that order.
  public func selecting(_ numbers: [Int]) -> LabeledImages {
    var chosen: [UInt8] = []
    chosen.reserveCapacity(numbers.count * size)
    for number in numbers { chosen += picture(number) }
    return LabeledImages(
      height: height, width: width, channels: channels, pixels: chosen,
      labels: numbers.map { labels[$0] })
  }

  /// The images of all, one after the other.
  static func joining(_ parts: [LabeledImages]) -> LabeledImages? {
    guard let first = parts.first else { return nil }
    return LabeledImages(
      height: first.height, width: first.width, channels: first.channels,
      pixels: parts.flatMap(\.pixels), labels: parts.flatMap(\.labels))
  }
}

/// Images to learn from and images to be asked about, of ten classes.
public struct ClassificationDataset: Sendable {
  /// What each class is called, by its number.
  public let classes: [String]
  /// Images to learn from.
  public let training: LabeledImages
  /// Images to be asked about.
  public let test: LabeledImages

  /// A data set of the given images.
  public init(classes: [String], training: LabeledImages, test: LabeledImages) {
    self.classes = classes
    self.training = training
    self.test = test
  }
}
