public import AnomalyDetection
public import Datasets
public import Images

/// What good images are like as a whole: their size, and how bright they are where.
///
/// A method of local patches cannot see what is missing: an empty scene has no pixel that is unlike all
/// good ones. This tells a frame that is unlike the good images altogether.
public struct FrameSummary: Codable, Sendable, Equatable {
  private var count = 0.0
  private var widths = ClosedSpan()
  private var heights = ClosedSpan()
  /// Mean and squared deviations of each cell's colours.
  private var means: [Double] = []
  private var squares: [Double] = []
  /// How far the oddest good image lies from the others.
  private var farthest = 0.0

  /// Cells along a side of the thumbnails that are compared.
  private static let cells = 8
  /// What light changes in an image of constant colour, as a share of full brightness.
  private static let leastDeviation = 0.02
  /// So many times as far from the good images as the oddest of them is unlike them.
  private static let allowance = 2.0

  private init() {}

  /// The summary of some images.
  ///
  /// - Parameters:
  ///   - images: Good images of any size; at least one.
  ///   - framing: What is inspected of them; what is not tells nothing.
  ///   - progress: Told how many are done.
  /// - Throws: What reading images throws, and ``FramingError``.
  public init(
    of images: ImageCollection, _ framing: Framing = Framing(),
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    self = try FrameSummary().adding(images, framing, progress: progress)
  }

  /// The summary of these and more images, such as those of another light; those that are like these
  /// change nothing.
  ///
  /// - Parameters:
  ///   - images: Good images of any size.
  ///   - framing: As of these.
  ///   - progress: Told how many are done.
  /// - Returns: The summary of all.
  /// - Throws: What reading images throws.
  public func extended(
    by images: ImageCollection, _ framing: Framing = Framing(),
    progress: (Int) throws -> Void = { _ in }
  ) throws -> FrameSummary {
    var unlike: [Int] = []
    for number in 0..<images.count {
      if try !unlikeness(of: images.image(number), framing).isEmpty { unlike.append(number) }
      try progress(number + 1)
    }
    return unlike.isEmpty ? self : try adding(images.selecting(unlike), framing) { _ in }
  }

  private func adding(
    _ images: ImageCollection, _ framing: Framing, progress: (Int) throws -> Void
  ) throws -> FrameSummary {
    var all = self
    if all.means.isEmpty {
      all.means = [Double](repeating: 0, count: Self.cells * Self.cells * 3)
      all.squares = all.means
    }
    var thumbnails: [[Double]] = []
    for number in 0..<images.count {
      let image = try images.image(number)
      all.widths.add(image.width)
      all.heights.add(image.height)
      let thumbnail = try Self.thumbnail(of: image, framing, named: images.name(number))
      all.add(thumbnail)
      thumbnails.append(thumbnail)
      try progress(number + 1)
    }
    // Each against the others, as a new image is.
    let farthest = thumbnails.map { all.distance(of: $0, leavingItOut: all.count > 1) }.max() ?? 0
    all.farthest = max(all.farthest, farthest)
    return all
  }

  /// Adds a thumbnail to mean and squares (Welford 1962).
  private mutating func add(_ thumbnail: [Double]) {
    count += 1
    for (cell, value) in thumbnail.enumerated() {
      let before = value - means[cell]
      means[cell] += before / count
      squares[cell] += before * (value - means[cell])
    }
  }

  /// Why an image is unlike the good ones as a whole; empty where it is not.
  public func unlikeness(of image: Image, _ framing: Framing = Framing()) throws -> [String] {
    var reasons: [String] = []
    if !widths.contains(image.width) || !heights.contains(image.height) {
      reasons.append(
        "\(image.width) × \(image.height) pixels, good images have \(widths.text) × \(heights.text)"
      )
    }
    if try distance(of: Self.thumbnail(of: image, framing)) > Self.allowance * farthest {
      reasons.append("brightness or colours unlike those of all good images")
    }
    return reasons
  }

  /// Whether the numbers can be those of images.
  var isSound: Bool {
    let numbers = Self.cells * Self.cells * 3
    return count >= 1 && count.isFinite && means.count == numbers && squares.count == numbers
      && means.allSatisfy(\.isFinite) && squares.allSatisfy { $0 >= 0 && $0.isFinite }
      && farthest.isFinite && farthest >= 0
  }

  /// Root mean square distance of a thumbnail from the mean, in deviations.
  private func distance(of thumbnail: [Double], leavingItOut: Bool = false) -> Double {
    var sum = 0.0
    for (cell, value) in thumbnail.enumerated() {
      var (mean, rest, left) = (means[cell], squares[cell], count)
      if leavingItOut {
        left = count - 1
        mean = (count * means[cell] - value) / left
        rest = max(0, squares[cell] - (value - means[cell]) * (value - means[cell]) * count / left)
      }
      let deviation = (rest / left).squareRoot() + Self.leastDeviation
      sum += (value - mean) * (value - mean) / (deviation * deviation)
    }
    return (sum / Double(thumbnail.count)).squareRoot()
  }

  /// The mean colours of 8 × 8 cells of the inspected area.
  private static func thumbnail(
    of image: Image, _ framing: Framing, named name: String = "image"
  ) throws -> [Double] {
    let seen = framing.isPlain ? image : try framing.framed(image, named: name)
    return try seen.resized(height: cells, width: cells).pixels.map(Double.init)
  }

  /// From the least to the greatest of some numbers.
  private struct ClosedSpan: Codable, Sendable, Equatable {
    var least = Int.max
    var greatest = Int.min

    mutating func add(_ value: Int) {
      least = min(least, value)
      greatest = max(greatest, value)
    }

    func contains(_ value: Int) -> Bool { least <= value && value <= greatest }

    var text: String { least == greatest ? "\(least)" : "\(least)…\(greatest)" }
  }
}
