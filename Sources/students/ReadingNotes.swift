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
    if let warning = range.warning { complain(warning) }
  }
}

/// Decodes every image once, and tells what a user should know of them: a broken one is better found
/// now than in an hour.
func check(_ images: ImageCollection, _ display: ProgressDisplay) async throws {
  try await stoppable("nothing is written") {
    var told = ReadingNotes()
    for number in 0..<images.count {
      try Task.checkCancellation()
      try told.add(images.image(number), images.name(number))
      display.show("checking images", number + 1, images.count)
    }
    told.finish()
    let copies = try images.copies()
    if !copies.isEmpty {
      complain(
        "the same as other images, to the byte: \(firstFew(copies)). Copies tell nothing new, but "
          + "count in what is promised; take them away")
    }
  }
}
