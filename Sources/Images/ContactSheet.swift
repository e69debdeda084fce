extension Image {
  /// Images in rows and columns on white, each scaled to fit a cell of `side` pixels.
  ///
  /// - Parameters:
  ///   - rows: The images, at least one; nil leaves a cell empty.
  ///   - rowTitles: What stands to the left of each row, where the system has fonts.
  ///   - columnTitles: What stands above each column, in as many lines as it needs.
  ///   - side: Of a cell.
  ///   - gap: Pixels around each cell.
  /// - Returns: The sheet.
  /// - Throws: ``ImageFileError`` where memory does not suffice.
  public static func contactSheet(
    _ rows: [[Image?]], rowTitles: [String] = [], columnTitles: [String] = [], side: Int = 256,
    gap: Int = 8
  ) throws -> Image {
    let columns = rows.map(\.count).max() ?? 0
    precondition(columns > 0, "a contact sheet of no images")
    let besides = rowTitles.map { label($0) }
    let aboves = columnTitles.map { label($0, within: side) }
    let margin = { (length: Int?) in gap + (length.map { $0 + gap } ?? 0) }
    let left = margin(besides.compactMap { $0?.width }.max())
    let top = margin(aboves.compactMap { $0?.height }.max())
    var sheet = Sheet(
      height: top + rows.count * (side + gap), width: left + columns * (side + gap))
    let cell = { (number: Int) in number * (side + gap) }
    for (column, title) in aboves.prefix(columns).enumerated() {
      // A word may be longer than a line.
      guard
        let title = title.map({
          $0.cropped(
            to: Rectangle(
              x: 0, y: 0, width: Swift.min(side, $0.width),
              height: Swift.min(top - 2 * gap, $0.height)))
        })
      else { continue }
      sheet.place(
        title, row: top - gap - title.height,
        column: left + cell(column) + (side - title.width) / 2)
    }
    for (row, pictures) in rows.enumerated() {
      if let title = besides.indices.contains(row) ? besides[row] : nil {
        sheet.place(title, row: top + cell(row) + (side - title.height) / 2, column: gap)
      }
      for (column, picture) in pictures.enumerated() {
        guard let picture = try picture?.fitted(to: side) else { continue }
        sheet.place(
          picture, row: top + cell(row) + (side - picture.height) / 2,
          column: left + cell(column) + (side - picture.width) / 2)
      }
    }
    return sheet.image
  }

  /// The image scaled so that its longer side is `side`.
  private func fitted(to side: Int) throws -> Image {
    let scale = Double(side) / Double(Swift.max(height, width))
    return try resized(
      height: Swift.max(1, Int((Double(height) * scale).rounded())),
      width: Swift.max(1, Int((Double(width) * scale).rounded())))
  }
}

/// A white page that images are placed on.
private struct Sheet {
  let height: Int
  let width: Int
  private var pixels: [Float]

  init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    pixels = [Float](repeating: 1, count: width * height * 3)
  }

  var image: Image { Image(height: height, width: width, pixels: pixels) }

  mutating func place(_ picture: Image, row: Int, column: Int) {
    for line in 0..<picture.height {
      let start = ((row + line) * width + column) * 3
      pixels.replaceSubrange(
        start..<start + picture.width * 3,
        with: picture.pixels[line * picture.width * 3..<(line + 1) * picture.width * 3])
    }
  }
}
