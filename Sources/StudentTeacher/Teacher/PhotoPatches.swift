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
  let side: Int
  let batch: Int
  let patchesPerPhoto: Int
  let seed: UInt64
  /// Whether an altered copy is made of each patch, for the metric loss.
  var withPositives = false

  /// Patches N × 3 × side × side, RGB in 0…1, and where they are asked for their altered copies.
  struct Batch: Sendable {
    let anchors: Tensor
    let positives: Tensor?
  }

  /// Photos that could not be read so far.
  let unreadable = UnreadablePhotos()

  /// Batches made ahead, in the background.
  func batches() -> BatchesAhead {
    BatchesAhead(patches: self)
  }

  /// The patches of a step, those of one photo side by side.
  func batch(_ number: Int) throws -> Batch {
    var random = SeededGenerator(seed: seed, stream: UInt64(number))
    // Numbers of their own, so that the anchors are the same with and without positives.
    var alterations = SeededGenerator(seed: seed, stream: UInt64(number) | 1 << 63)
    var anchors: [Float] = []
    var positives: [Float] = []
    anchors.reserveCapacity(batch * side * side * 3)
    var made = 0
    while made < batch {
      let photo = try zoomedPhoto(&random)
      let count = min(patchesPerPhoto, batch - made)
      for _ in 0..<count {
        let row = Int.random(in: 0...photo.height - side, using: &random)
        let column = Int.random(in: 0...photo.width - side, using: &random)
        anchors += photo.crop(row: row, column: column, side: side)
        if withPositives {
          positives += altered(photo, row: row, column: column, &alterations)
        }
      }
      made += count
    }
    return Batch(
      anchors: try tensor(anchors), positives: withPositives ? try tensor(positives) : nil)
  }

  private func tensor(_ pixels: [Float]) throws -> Tensor {
    try Tensor(shape: [batch, side, side, 3], scalars: pixels).permuted([0, 3, 1, 2])
  }

  /// The patch moved by up to a quarter of its side in each direction, brighter or darker, with
  /// Gaussian noise of deviation 0.1.
  private func altered(
    _ photo: Image, row: Int, column: Int, _ random: inout SeededGenerator
  ) -> [Float] {
    let reach = (side - 1) / 4
    let moved = { (place: Int, length: Int, random: inout SeededGenerator) in
      let wanted = place + Int.random(in: -reach...reach, using: &random)
      return min(max(wanted, 0), length - side)
    }
    let newRow = moved(row, photo.height, &random)
    let newColumn = moved(column, photo.width, &random)
    let brightness = Float.random(in: Self.brightness, using: &random)
    return photo.crop(row: newRow, column: newColumn, side: side).map {
      min(max($0 * brightness + 0.1 * Float(random.nextNormal()), 0), 1)
    }
  }

  /// By how much a positive may be darker or brighter; the paper gives no numbers.
  private static let brightness: ClosedRange<Float> = 0.8...1.2

  private func zoomedPhoto(_ random: inout SeededGenerator) throws -> Image {
    let zoomed = Int.random(in: 4 * side...16 * side, using: &random)
    let isGrey = Double.random(in: 0..<1, using: &random) < 0.1
    var lastError: (any Error)?
    // A corrupt photo is passed over for the next one drawn.
    for _ in 0..<20 {
      let path = photos[Int.random(in: 0..<photos.count, using: &random)]
      do {
        let photo = try Image(contentsOf: path, zoomedTo: zoomed)
        return isGrey ? photo.grey() : photo
      } catch {
        unreadable.add(path)
        lastError = error
      }
    }
    throw lastError ?? CancellationError()
  }
}

extension Image {
  /// The colours of a square part, row by row.
  fileprivate func crop(row: Int, column: Int, side: Int) -> [Float] {
    var crop: [Float] = []
    crop.reserveCapacity(side * side * 3)
    for y in row..<row + side {
      let start = (y * width + column) * 3
      crop += pixels[start..<start + side * 3]
    }
    return crop
  }
}

/// The photos that were passed over, each once, for any thread.
final class UnreadablePhotos: Sendable {
  private let paths = Mutex<Set<String>>([])

  func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  /// By name.
  var sorted: [String] { paths.withLock { $0.sorted() } }
}

/// Makes batches in the background before they are asked for.
actor BatchesAhead {
  private let patches: PhotoPatches
  private var tasks: [Int: Task<PhotoPatches.Batch, any Error>] = [:]
  private static let ahead = 3

  init(patches: PhotoPatches) {
    self.patches = patches
  }

  func batch(_ number: Int) async throws -> PhotoPatches.Batch {
    for next in number...number + Self.ahead where tasks[next] == nil {
      tasks[next] = Task.detached { [patches] in try patches.batch(next) }
    }
    let task = tasks.removeValue(forKey: number)
    return try await task?.value ?? patches.batch(number)
  }

  deinit {
    for task in tasks.values { task.cancel() }
  }
}
