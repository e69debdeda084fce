import Files
import UninformedStudents

/// Tells what a user should know of the files that were read, each thing once.
struct ReadingNotes {
  private var range = RangeUse()
  private var known: Set<String> = []

  /// Takes an image into account.
  mutating func add(_ image: Image, _ path: String) {
    range.add(image, named: path)
    for note in image.notes where known.insert(note).inserted { complain("\(path): \(note)") }
  }

  /// Tells what only all images together show.
  func finish() {
    guard let warning = range.warning, let likely = range.likelyRange else { return }
    complain("\(warning); pass --value-range \(likely.lowerBound),\(likely.upperBound)")
  }
}

/// Decodes every image once, and tells what a user should know of them: a broken one is better found
/// now than in an hour, and so is one that cannot be framed.
///
/// - Parameters:
///   - images: The images.
///   - framing: How they are framed.
///   - display: Shows how far it is.
/// - Returns: How many are far from square: more than 3 to 2 in the inspected area.
/// - Throws: What reading an image throws, and `FramingError`, both naming it.
func check(
  _ images: ImageCollection, _ framing: Framing, _ display: ProgressDisplay
) async throws -> Int {
  try await stoppable("nothing is written") {
    var readingNotes = ReadingNotes()
    var elongated = 0
    for number in 0..<images.count {
      try Task.checkCancellation()
      let (image, name) = (try images.image(number), images.name(number))
      readingNotes.add(image, name)
      let part = try framing.placement(of: image, named: name).part
      if 2 * max(part.width, part.height) > 3 * min(part.width, part.height) { elongated += 1 }
      display.show("checking images", number + 1, images.count)
    }
    readingNotes.finish()
    let copies = try images.copies()
    if !copies.isEmpty {
      complain(
        "copies of other images, byte for byte: \(firstFew(copies)). They add nothing to learn from, but "
          + "count in the promised rate; remove them")
    }
    return elongated
  }
}
