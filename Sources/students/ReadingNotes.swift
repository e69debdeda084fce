import UninformedStudents

/// Tells a user what he should know of the files that were read, each thing once.
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
