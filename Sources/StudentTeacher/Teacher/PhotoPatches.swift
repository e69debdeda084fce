import Images
import Randomness
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

  /// Batches made ahead, in the background.
  func batches() -> BatchesAhead {
    BatchesAhead(patches: self)
  }

  /// Batch × 3 × side × side, RGB in 0…1.
  func batch(_ number: Int) throws -> Tensor {
    var random = SeededGenerator(seed: seed, stream: UInt64(number))
    var pixels: [Float] = []
    pixels.reserveCapacity(batch * side * side * 3)
    var made = 0
    while made < batch {
      let photo = try zoomedPhoto(&random)
      let count = min(patchesPerPhoto, batch - made)
      for _ in 0..<count {
        let row = Int.random(in: 0...photo.height - side, using: &random)
        let column = Int.random(in: 0...photo.width - side, using: &random)
        for y in row..<row + side {
          let start = (y * photo.width + column) * 3
          pixels += photo.pixels[start..<start + side * 3]
        }
      }
      made += count
    }
    return try Tensor(shape: [batch, side, side, 3], scalars: pixels).permuted([0, 3, 1, 2])
  }

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
        lastError = error
      }
    }
    throw lastError ?? CancellationError()
  }
}

/// Makes batches in the background before they are asked for.
actor BatchesAhead {
  private let patches: PhotoPatches
  private var tasks: [Int: Task<Tensor, any Error>] = [:]
  private static let ahead = 3

  init(patches: PhotoPatches) {
    self.patches = patches
  }

  func batch(_ number: Int) async throws -> Tensor {
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
