extension Image {
  /// Pictures in rows and columns on white, each scaled to fit a cell of `side` pixels.
  ///
  /// - Precondition: There is at least one row with at least one picture.
  public static func contactSheet(_ rows: [[Image]], side: Int = 256, gap: Int = 8) throws -> Image
  {
    let columns = rows.map(\.count).max() ?? 0
    precondition(columns > 0, "a contact sheet of no pictures")
    let width = columns * (side + gap) + gap
    let height = rows.count * (side + gap) + gap
    var sheet = [Float](repeating: 1, count: width * height * 3)
    for (row, pictures) in rows.enumerated() {
      for (column, picture) in pictures.enumerated() {
        let scale = Double(side) / Double(Swift.max(picture.height, picture.width))
        let cell = try picture.resized(
          height: Swift.max(1, Int((Double(picture.height) * scale).rounded())),
          width: Swift.max(1, Int((Double(picture.width) * scale).rounded())))
        let top = gap + row * (side + gap) + (side - cell.height) / 2
        let left = gap + column * (side + gap) + (side - cell.width) / 2
        for line in 0..<cell.height {
          let start = ((top + line) * width + left) * 3
          sheet.replaceSubrange(
            start..<start + cell.width * 3,
            with: cell.pixels[line * cell.width * 3..<(line + 1) * cell.width * 3])
        }
      }
    }
    return Image(height: height, width: width, pixels: sheet)
  }
}
