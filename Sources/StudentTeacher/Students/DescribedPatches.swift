import Networks
import Randomness
import Tensors

/// Good patches to learn from, which the teacher has described before: all in a new random order each
/// epoch.
struct DescribedPatches: StudentBatches {
  /// Gives the patches of some numbers, N × 3 × p × p.
  let patches: @Sendable ([Int]) throws -> Tensor
  /// What the teacher says of them, by their numbers: count × 128 × 1 × 1.
  let descriptors: Tensor
  /// The numbers of those that are learnt from.
  let numbers: [Int]
  /// Patches a step; the last of an epoch may have fewer.
  let batch: Int
  let seed: UInt64
  let device: Device

  /// Steps in which each patch is seen once.
  var stepsPerEpoch: Int { (numbers.count + batch - 1) / batch }

  /// All at once.
  var partCount: Int { 1 }

  /// Of which a patch has one.
  var positions: Positions { .strided }

  func descriptors(ofPart number: Int) throws -> Tensor { try descriptors.selecting(numbers) }

  func batch(ofStep number: Int) throws -> StudentBatch {
    let (epoch, place) = number.quotientAndRemainder(dividingBy: stepsPerEpoch)
    let order = SeededGenerator.order(
      of: numbers.count, seed: seed, for: .patchOrder, epoch)
    let start = place * batch
    let chosen = order[start..<min(start + batch, order.count)].map { numbers[$0] }
    return StudentBatch(
      pixels: try patches(chosen).to(device),
      descriptors: try descriptors.selecting(chosen).to(device))
  }
}
