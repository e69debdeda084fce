import Files
import UninformedStudents

/// The images of a report, in sheets of some rows, of which the page shows one row at a time.
struct ReportSheets {
  private let side: Int
  private let files: ReportFolder

  /// The most images on a sheet.
  private static let rows = 24
  private static let gap = 4

  /// Sheets of images of a side of `side`.
  init(side: Int, in files: ReportFolder) {
    self.side = side
    self.files = files
  }

  /// What the sheets of test images are called.
  ///
  /// No folder has a slash in its name: no two sheets are called alike.
  static func names(of items: [MVTecCategory.Item]) -> [String] {
    let kinds = Dictionary(grouping: items, by: \.defect)
    return kinds.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.flatMap { kind in
      (0...((kinds[kind] ?? []).count - 1) / rows).map { name(of: kind, number: $0) }
    }
  }

  private static func name(of kind: String, number: Int) -> String {
    number == 0 ? kind : "\(kind)/\(number + 1)"
  }

  /// Writes the sheets of `count` images of one kind; a row is drawn when it is needed.
  func write(_ count: Int, of kind: String, row: (Int) throws -> [Image?]) throws {
    for (number, first) in stride(from: 0, to: count, by: Self.rows).enumerated() {
      let rows = try (first..<min(first + Self.rows, count)).map(row)
      let sheet = try Image.contactSheet(rows, side: side, gap: Self.gap)
      try files.write(sheet, as: Self.name(of: kind, number: number))
    }
  }

  /// One row of a sheet as a link to it.
  ///
  /// - Parameters:
  ///   - place: The number of the image among those of its kind.
  ///   - count: How many there are.
  ///   - kind: Of the images.
  ///   - columns: How many images a row has.
  ///   - text: What the row shows, in words.
  /// - Returns: HTML.
  func strip(_ place: Int, of count: Int, kind: String, columns: Int, text: String) -> String {
    let (number, row) = place.quotientAndRemainder(dividingBy: Self.rows)
    let rows = min(Self.rows, count - number * Self.rows)
    let (pitch, width) = (side + Self.gap, Self.gap + columns * (side + Self.gap))
    let height = Self.gap + rows * pitch
    let file = files.name(of: Self.name(of: kind, number: number))
    let up = -100 * Double(row * pitch) / Double(height)
    return """
      <a class="strip" href="\(file)" style="aspect-ratio: \(width) / \(pitch + Self.gap); --up: \(up)%">\
      <img src="\(file)" width="\(width)" height="\(height)" loading="lazy" alt="\(escaped(text))"></a>
      """
  }
}
