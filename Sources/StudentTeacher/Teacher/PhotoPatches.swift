import AnomalyDetection
import Downloads
import Images
import Randomness
import Synchronization
import Tensors

/// Random patches of photographs, batch by batch.
///
/// Each photo is zoomed to a square of a side drawn from 4p…16p, and p × p patches are cut from it
/// anywhere; one photo in ten is turned grey (Bergmann et al. 2020, Section 3.1). A batch is a pure
/// function of the seed and its number, so that a training resumes by its step alone, and batches
/// can be made ahead of their use in any order.
struct PhotoPatches: Sendable {
  let photos: [String]
  /// What gets photos at addresses; nil where there are none.
  var downloader: Downloader?
  let side: Int
  let batch: Int
  let patchesPerPhoto: Int
  let seed: UInt64
  /// Whether an altered copy is made of each patch, for the metric loss.
  var withPositives = false
  /// Which photos of a batch are cut, by their places in it; nil for all.
  var photosOfBatch: Range<Int>?

  /// Patches N × 3 × side × side, RGB in 0…1, and where they are asked for their altered copies.
  struct Batch: Sendable {
    let anchors: Tensor
    let positives: Tensor?
  }

  /// Photos that could not be read so far.
  let unreadable = UnreadablePhotos()

  /// Batches made ahead, in the background.
  func batches() -> MadeAhead<Batch> {
    MadeAhead(waits: downloader != nil) { try batch($0) }
  }

  /// The patches of a step, those of one photo side by side.
  func batch(_ number: Int) throws -> Batch {
    var random = SeededGenerator(seed: seed, stream: UInt64(number))
    // Numbers of their own, so that the anchors are the same with and without positives.
    var alterations = SeededGenerator(seed: seed, stream: UInt64(number) | 1 << 63)
    var (anchors, positives): ([Float], [Float]) = ([], [])
    anchors.reserveCapacity(batch * side * side * 3)
    var ahead = files.ahead(likelyPhotos(random, alterations))
    for (place, count) in patchCounts.enumerated() {
      let view = view(count: count, &random, &alterations)
      guard isCut(place) else {
        pass(view, &random, &alterations)
        continue
      }
      let (patches, copies) = try cut(view, ahead, &random)
      ahead.place += 1
      for patch in patches { anchors += patch.pixels }
      for copy in copies { positives += altered(copy, &alterations) }
    }
    return Batch(
      anchors: try tensor(anchors), positives: withPositives ? try tensor(positives) : nil)
  }

  /// The photos, wherever they lie.
  var files: PhotoFiles { PhotoFiles(locations: photos, downloader: downloader) }

  /// Whether the photo at a place of a batch is cut.
  private func isCut(_ place: Int) -> Bool { photosOfBatch?.contains(place) ?? true }

  /// The photos of a batch that are cut, in their order, where each of them can be read: what is drawn after one that cannot is
  /// another.
  private func likelyPhotos(_ random: SeededGenerator, _ alterations: SeededGenerator) -> [Int] {
    guard downloader != nil else { return [] }
    var (random, alterations) = (random, alterations)
    return patchCounts.enumerated().compactMap { place, count in
      _ = view(count: count, &random, &alterations)
      // Altering a copy draws from numbers of its own, so that these are not disturbed.
      let number = Int.random(in: 0..<photos.count, using: &random)
      return isCut(place) ? number : nil
    }
  }

  /// How many patches each photo of a batch gives.
  var patchCounts: [Int] {
    stride(from: 0, to: batch, by: patchesPerPhoto).map { min(patchesPerPhoto, batch - $0) }
  }

  private func tensor(_ pixels: [Float]) throws -> Tensor {
    let count = pixels.count / (side * side * 3)
    return try Tensor(shape: [count, side, side, 3], scalars: pixels).permuted([0, 3, 1, 2])
  }

  /// Draws what the photo of a view takes, so that those after it are the same whoever cuts them.
  private func pass(
    _ view: View, _ random: inout SeededGenerator, _ alterations: inout SeededGenerator
  ) {
    _ = Int.random(in: 0..<photos.count, using: &random)
    let blank = Image(
      height: side, width: side, pixels: .init(repeating: 0, count: side * side * 3))
    for _ in view.positives { _ = altered(blank, &alterations) }
  }

  /// How a photo is looked at: zoomed, perhaps without its colours, here and there.
  private struct View {
    let zoom: Int
    let isGrey: Bool
    let anchors: [Image.Place]
    let positives: [Image.Place]
  }

  private func view(
    count: Int, _ random: inout SeededGenerator, _ alterations: inout SeededGenerator
  ) -> View {
    let zoom = Int.random(in: 4 * side...16 * side, using: &random)
    let isGrey = Double.random(in: 0..<1, using: &random) < 0.1
    let anchors = (0..<count).map { _ in
      Image.Place(
        row: Int.random(in: 0...zoom - side, using: &random),
        column: Int.random(in: 0...zoom - side, using: &random))
    }
    let positives =
      withPositives ? anchors.map { moved($0, in: zoom, &alterations) } : []
    return View(zoom: zoom, isGrey: isGrey, anchors: anchors, positives: positives)
  }

  /// A place up to a quarter of the patch away in each direction.
  private func moved(
    _ place: Image.Place, in zoom: Int, _ random: inout SeededGenerator
  ) -> Image.Place {
    let reach = (side - 1) / 4
    let moved = { (start: Int, random: inout SeededGenerator) in
      min(max(start + Int.random(in: -reach...reach, using: &random), 0), zoom - side)
    }
    return Image.Place(row: moved(place.row, &random), column: moved(place.column, &random))
  }

  /// The patches of a view of some photo, and what shall be altered.
  private func cut(
    _ view: View, _ ahead: PhotoFiles.Ahead, _ random: inout SeededGenerator
  ) throws -> (anchors: [Image], positives: [Image]) {
    var lastError: (any Error)?
    // A corrupt photo is passed over for the next one drawn; one that the disk or a server does not give may be whole,
    // and with it the same seed would give another teacher.
    for _ in 0..<20 {
      let number = Int.random(in: 0..<photos.count, using: &random)
      do {
        let parts = try files.parts(
          of: number, ahead, zoomedTo: view.zoom, side: side, at: view.anchors + view.positives
        ).map { view.isGrey ? $0.grey() : $0 }
        let count = view.anchors.count
        return (Array(parts.prefix(count)), Array(parts.dropFirst(count)))
      } catch let error as ImageFileError where error.isOfDisk {
        throw error
      } catch let error as DownloadError {
        switch error {
        case .notFound, .denied: throw TeacherTrainingError.lostPhoto("\(error)")
        default: throw error
        }
      } catch let error as CancellationError {
        throw error
      } catch {
        unreadable.add(files.name(number))
        lastError = error
      }
    }
    throw lastError ?? CancellationError()
  }

  /// By how much a positive may be darker or brighter; the paper gives no numbers.
  private static let brightness: ClosedRange<Float> = 0.8...1.2

  /// The patch brighter or darker, with Gaussian noise of deviation 0.1.
  private func altered(_ patch: Image, _ random: inout SeededGenerator) -> [Float] {
    let brightness = Float.random(in: Self.brightness, using: &random)
    return patch.pixels.map {
      min(max($0 * brightness + 0.1 * Float(random.nextNormal()), 0), 1)
    }
  }
}

/// The photos that were passed over, each once, for any thread.
final class UnreadablePhotos: Sendable {
  private let paths = Mutex<Set<String>>([])

  func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  /// By name.
  var sorted: [String] { paths.withLock { $0.sorted() } }
}
