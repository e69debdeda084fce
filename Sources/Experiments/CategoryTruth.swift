import Files
import UninformedStudents

/// The ground truth of test images, read one after the other.
///
/// What does not fit is left out and told: measured as if nothing were marked, it would count the
/// pixels of a defect as good.
struct CategoryTruth {
  private let framing: Framing
  private let maxPixels: Int
  private var empty: [String] = []
  private var unseen: [String] = []
  private var whole: [String] = []
  private var misfits: [String] = []
  private var mostly: [String] = []
  private var good: [String] = []
  private var range = RangeUse()
  private var ofFiles: [String] = []

  /// Of masks of images that are framed so.
  init(framing: Framing, maxPixels: Int) {
    self.framing = framing
    self.maxPixels = maxPixels
  }

  /// Where an image is anomalous; nil where that is not known.
  ///
  /// - Parameters:
  ///   - item: The image's files.
  ///   - image: The image as it was decoded.
  /// - Returns: All masks of the image together, as the image lies in the square that is inspected.
  /// - Throws: What reading a mask throws, naming it.
  mutating func mask(of item: MVTecCategory.Item, image: Image) throws -> Mask? {
    range.add(image, named: item.path)
    ofFiles += image.notes.map { "\(item.path): \($0)" }
    guard !item.masks.isEmpty else { return nil }
    var mask: Mask?
    var marksSomething = false
    for path in item.masks {
      do {
        let part = try Mask(contentsOf: path, of: image, maxPixels: maxPixels)
        ofFiles += part.notes.map { "\(path): \($0)" }
        marksSomething = marksSomething || !part.isEmpty
        let framed = try framing.framed(part, of: image)
        mask = mask?.union(framed) ?? framed
      } catch let error as MaskError {
        misfits.append("\(error)")
        return nil
      }
    }
    guard item.isAnomalous else {
      if mask?.isEmpty == false { good.append(item.path) }
      return nil
    }
    guard let mask, !mask.isEmpty else {
      if marksSomething { unseen.append(item.path) } else { empty.append(item.path) }
      return nil
    }
    if mask.isFull { whole.append(item.path) } else if mask.share > 0.5 { mostly.append(item.path) }
    return mask
  }

  /// What a user should know, a line each.
  var notes: [String] {
    let shown = 5
    var notes = misfits.prefix(shown).map { "\($0). The pixels of its image are left out" }
    if misfits.count > shown { notes.append("\(misfits.count - shown) more masks that do not fit") }
    if !empty.isEmpty {
      notes.append(
        "masks that mark nothing; the pixels of their images are left out: \(firstFew(empty))")
    }
    if !unseen.isEmpty {
      notes.append(
        "defects that lie wholly outside the inspected area; image figures count them, pixel "
          + "figures leave them out: \(firstFew(unseen))")
    }
    if !whole.isEmpty { notes.append("masks that mark every pixel: \(firstFew(whole))") }
    if !mostly.isEmpty {
      notes.append(
        "masks that mark more than half of their image; black is taken for good, so invert them if it "
          + "means a defect: \(firstFew(mostly))")
    }
    if !good.isEmpty {
      notes.append("good images whose masks mark something; they count as good: \(firstFew(good))")
    }
    if let warning = range.warning { notes.append(warning) }
    if ofFiles.count > shown { notes.append("\(ofFiles.count - shown) more notes on files") }
    return notes + ofFiles.prefix(shown)
  }
}
