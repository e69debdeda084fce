/// What random numbers are drawn for.
///
/// Under one seed each purpose has streams of its own, so that no two of a run share numbers, and one more
/// changes none of the others. What is drawn under a seed of its own, such as draws of a bootstrap or batches
/// of photographs, needs none.
package enum Purpose: UInt64, CaseIterable, Sendable {
  /// Which descriptors a model learns from, of more.
  case descriptors = 0x1
  /// At which pixels an image is described for that, by image.
  case describedPixels = 0x2_0000_0000
  /// Which descriptors are compared with, of more.
  case neighbors = 0x3
  /// Where centres start, by attempt.
  case centers = 0x4_0000_0000
  /// The order of descriptors in an epoch, by epoch.
  case descriptorOrder = 0x5_0000_0000
  /// Which crops make a batch, by batch.
  case cropBatch = 0x7_0000_0000
  /// What a crop shows of which image, by crop.
  case crop = 0x8_0000_0000
  /// Where a dictionary's patches are cut, by image.
  case dictionary = 0x9_0000_0000
  /// Which patches students do not learn from.
  case heldOutPatches = 0xB
  /// The order of patches in an epoch, by epoch.
  case patchOrder = 0xC_0000_0000
  /// Which images are measured, of more.
  case measuredImages = 0xD
  /// Which normal patches a model keeps.
  case normalPatches = 0xE
  /// The order of images in an epoch, by epoch.
  case imageOrder = 0x0100_0000_0000_0000
  /// Which windows make a training step, by step.
  case windows = 0x0200_0000_0000_0000
  /// Where a window lies, by image and window.
  case windowPlace = 0x0300_0000_0000_0000
  /// How an image is changed that students learn from, by image and change.
  case imageChange = 0x0400_0000_0000_0000
}

extension SeededGenerator {
  /// The generator of a seed for a purpose, one of many by number.
  package init(seed: UInt64, for purpose: Purpose, _ number: Int = 0) {
    self.init(seed: seed, stream: purpose.rawValue ^ UInt64(number))
  }

  /// The numbers from 0 up to `count` in a random order for a purpose.
  package static func order(
    of count: Int, seed: UInt64, for purpose: Purpose, _ number: Int = 0
  ) -> [Int] {
    var random = SeededGenerator(seed: seed, for: purpose, number)
    return (0..<count).shuffled(using: &random)
  }
}
