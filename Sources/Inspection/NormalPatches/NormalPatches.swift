import AnomalyDetection
import Datasets
import Evaluation
import Images
public import Networks
import Randomness
import Tensors

/// A few patches of good images that stand for all, to be shown beside what is anomalous.
///
/// A coreset of the teacher's descriptors, with the places that they come from. Nothing is decided by it.
public struct NormalPatches: Sendable {
  /// The patches that were described.
  public let receptiveField: ReceptiveField
  /// Count × 128.
  let descriptors: Tensor
  /// Where each patch lies.
  let places: [Place]
  /// The images that they come from.
  let sources: [Source]
  /// How far patches of good images typically are from the nearest of another image.
  let ordinaryDistance: Double

  /// How many patches there are.
  public var count: Int { places.count }

  /// How many images they come from.
  public var imageCount: Int { sources.count }

  /// The place of a patch.
  struct Place: Equatable {
    let source: Int
    /// In the square that the detector looks at.
    let pixel: PixelPlace
  }

  /// A good image.
  struct Source {
    let name: String
    /// Where it lies in the square.
    let placement: Placement
    /// The square, in 8 bits, at most ``pictureSide`` pixels wide.
    let picture: Image
  }

  /// As many images at most.
  static let mostImages = 16
  /// As many patches at most.
  static let mostPatches = 1000
  /// The longest side of the images that are kept; with the descriptors they need less than 4 MB.
  static let pictureSide = 256
  /// How many patches of an image there are to choose from.
  private static let candidates = 1024

  init(
    receptiveField: ReceptiveField, descriptors: Tensor, places: [Place], sources: [Source],
    ordinaryDistance: Double
  ) {
    self.receptiveField = receptiveField
    self.descriptors = descriptors
    self.places = places
    self.sources = sources
    self.ordinaryDistance = ordinaryDistance
  }

  /// Patches of a random part of good images; nil where none that was looked at decides.
  ///
  /// - Parameters:
  ///   - images: Good images of any size.
  ///   - framing: How the detector looks at them.
  ///   - describer: What describes them.
  ///   - run: Seed and progress.
  /// - Throws: What reading images and libtorch throw, and `CancellationError`.
  init?(
    of images: ImageCollection, framing: Framing, describer: PatchDescriber, run: TrainingRun
  ) throws {
    let images = images.sample(of: Self.mostImages, seed: run.seed)
    var random = SeededGenerator(seed: run.seed, for: .normalPatches)
    let describer = PatchDescriber(try describer.network.frozen(), padding: describer.padding)
    var (parts, places, sources): ([Tensor], [Place], [Source]) = ([], [], [])
    for number in 0..<images.count {
      let image = try images.image(number)
      let square = try framing.framed(image, named: images.name(number))
      let found = try describer.descriptors(of: square, atMost: Self.candidates, using: &random)
      // What never decides is no example of what does.
      let kept = found.pixels.indices.filter { square.decides(at: found.pixels[$0]) }
      guard !kept.isEmpty else { continue }
      parts.append(try found.descriptors.selecting(kept))
      places += kept.map { Place(source: sources.count, pixel: found.pixels[$0]) }
      let shown = min(framing.side, Self.pictureSide)
      let picture = try square.resized(height: shown, width: shown)
      sources.append(
        Source(
          name: images.name(number),
          placement: try framing.placement(of: image, named: images.name(number)),
          picture: Image(height: shown, width: shown, bytes: picture.bytes)))
      try run.report("keeping normal patches", step: number + 1, of: images.count)
    }
    guard !parts.isEmpty else { return nil }
    let all = try Tensor.concatenating(parts)
    let chosen = try all.coreset(atMost: Self.mostPatches)
    let memory = Self(
      receptiveField: describer.receptiveField, descriptors: try all.selecting(chosen),
      places: chosen.map { places[$0] }, sources: sources, ordinaryDistance: 1)
    self = try memory.measured(by: parts)
  }

  /// The same, with the median distance of patches of each image to the nearest of the others.
  private func measured(by images: [Tensor]) throws -> Self {
    var distances: [Double] = []
    for (number, descriptors) in images.enumerated() {
      let others = places.indices.filter { places[$0].source != number }
      // Of a single image its own must do.
      let kept = others.isEmpty ? self.descriptors : try self.descriptors.selecting(others)
      distances += try Self.distances(from: descriptors, to: kept).smallest(over: [1]).doubles()
    }
    distances.sort()
    let median = distances[distances.count / 2]
    return Self(
      receptiveField: receptiveField, descriptors: descriptors, places: places, sources: sources,
      ordinaryDistance: median > 0 ? median : 1)
  }

  /// The Euclidean distance of each row to each of others.
  private static func distances(from rows: Tensor, to others: Tensor) throws -> Tensor {
    let mean = try others.mean(over: [0], keepingAxes: true)
    return try (rows - mean).squaredDistances(to: others - mean).squareRoot()
  }
}

// MARK: - Looking up

/// A patch of a good image that is like an anomalous one.
public struct SimilarPatch: Codable, Sendable, Equatable {
  /// The image that it comes from.
  public let image: String
  /// The first column of the patch, in pixels of that image.
  public let x: Int
  /// The first row of the patch.
  public let y: Int
  /// Its columns, as far as they lie in the image.
  public let width: Int
  /// Its rows, as far as they lie in the image.
  public let height: Int
  /// How far its descriptor is, as a multiple of how far patches of good images typically are from the
  /// nearest of another image.
  public let distance: Double
  /// Its number among those of the model that found it; not written down.
  var number: Int?

  private enum CodingKeys: CodingKey {
    case image, x, y, width, height, distance
  }
}

extension NormalPatches {
  /// The nearest patches of each descriptor, one of each image, the nearest first.
  ///
  /// - Parameters:
  ///   - queries: Count × 128.
  ///   - most: How many of each at most.
  /// - Returns: Their numbers with their distances, as in ``SimilarPatch/distance``.
  /// - Throws: `TensorError`.
  func nearest(
    to queries: Tensor, atMost most: Int
  ) throws -> [[(number: Int, distance: Double)]] {
    try Self.distances(from: queries, to: descriptors).scalarsOfEach().map { distances in
      var best = [Int?](repeating: nil, count: sources.count)
      for (number, distance) in distances.enumerated() {
        let source = places[number].source
        guard distance < best[source].map({ distances[$0] }) ?? .infinity else { continue }
        best[source] = number
      }
      return best.compactMap(\.self).sorted { distances[$0] < distances[$1] }.prefix(most)
        .map { ($0, Double(distances[$0]) / ordinaryDistance) }
    }
  }

  /// The patches most like those around some pixels of an image, the most similar first.
  ///
  /// - Parameters:
  ///   - pixels: In the square.
  ///   - square: The image as the detector looks at it.
  ///   - describer: That of the detector.
  ///   - most: How many of each at most.
  /// - Returns: For each pixel one patch of each of several images.
  /// - Throws: `TensorError`, and ``MappingError`` where the image is too small.
  func similar(
    toPatchesAround pixels: [PixelPlace], of square: Image, describer: PatchDescriber,
    atMost most: Int
  ) throws -> [[SimilarPatch]] {
    guard !pixels.isEmpty else { return [] }
    let queries = try describer.descriptors(of: square, at: pixels)
    return try nearest(to: queries, atMost: most).map { found in
      found.map { patch($0.number, of: square.height, distance: $0.distance) }
    }
  }

  /// A patch in the pixels of the image that it comes from.
  private func patch(_ number: Int, of side: Int, distance: Double) -> SimilarPatch {
    let place = places[number]
    let source = sources[place.source]
    let box = receptiveField.box(around: place.pixel, side: side)
    let content = source.placement.content
    let rows = box.rows.clamped(to: content.y..<content.y + content.height)
    let columns = box.columns.clamped(to: content.x..<content.x + content.width)
    let shown = source.placement.inImage(
      Region(
        x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count,
        area: rows.count * columns.count))
    return SimilarPatch(
      image: source.name, x: shown.x, y: shown.y, width: shown.width, height: shown.height,
      distance: distance, number: number)
  }
}

extension Image {
  /// Whether a pixel decides.
  fileprivate func decides(at pixel: PixelPlace) -> Bool {
    isIgnored.map { !$0[pixel.row * width + pixel.column] } ?? true
  }
}

extension ReceptiveField {
  /// The part of a square that a patch around a pixel covers.
  func box(around pixel: PixelPlace, side: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let range = { (place: Int) in
      max(0, place - patchSide / 2)..<min(side, place + patchSide - patchSide / 2)
    }
    return (range(pixel.row), range(pixel.column))
  }
}
