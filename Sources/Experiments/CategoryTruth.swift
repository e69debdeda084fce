import Files
import UninformedStudents

/// The ground truth of test images, read one after the other.
///
/// What does not fit is left out and told: measured as if nothing were marked, it would count the
/// pixels of a defect as good.
struct CategoryTruth {
  private let side: Int
  private let maxPixels: Int
  private var empty: [String] = []
  private var whole: [String] = []
  private var misfits: [String] = []

  /// Of masks that are brought to a square of `side`.
  init(side: Int, maxPixels: Int) {
    self.side = side
    self.maxPixels = maxPixels
  }

  /// Where an image is anomalous; nil where that is not known.
  ///
  /// - Parameters:
  ///   - item: The image's files.
  ///   - image: The image as it was decoded.
  /// - Returns: All masks of the image together.
  /// - Throws: What reading a mask throws, naming it.
  mutating func mask(of item: MVTecCategory.Item, image: Image) throws -> Mask? {
    guard !item.masks.isEmpty else { return nil }
    var mask: Mask?
    for path in item.masks {
      do {
        let part = try Mask(contentsOf: path, of: image, maxPixels: maxPixels)
          .resized(height: side, width: side)
        mask = mask?.union(part) ?? part
      } catch let error as MaskError {
        misfits.append("\(error)")
        return nil
      }
    }
    guard let mask, !mask.isEmpty else {
      empty.append(item.path)
      return nil
    }
    if !mask.isAnomalous.contains(false) { whole.append(item.path) }
    return mask
  }

  /// What a user should know, a line each.
  var notes: [String] {
    let shown = 5
    var notes = misfits.prefix(shown).map { "\($0). The pixels of its image are left out" }
    if misfits.count > shown { notes.append("\(misfits.count - shown) more masks that do not fit") }
    if !empty.isEmpty {
      notes.append(
        "masks that mark nothing; the pixels of their images are left out: \(list(empty))")
    }
    if !whole.isEmpty { notes.append("masks that mark every pixel: \(list(whole))") }
    return notes
  }

  private func list(_ paths: [String]) -> String {
    let shown = 5
    let more = paths.count > shown ? ["and \(paths.count - shown) more"] : []
    return (paths.prefix(shown) + more).joined(separator: ", ")
  }
}
