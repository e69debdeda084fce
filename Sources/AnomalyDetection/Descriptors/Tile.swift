/// A rectangle of descriptors.
struct Tile: Equatable {
  let row: Int
  let column: Int
  let height: Int
  let width: Int

  /// Tiles of at most `side` × `side` that cover the descriptors without overlap.
  static func covering(rows: Int, columns: Int, side: Int) -> [Tile] {
    stride(from: 0, to: rows, by: side).flatMap { row in
      stride(from: 0, to: columns, by: side).map { column in
        Tile(
          row: row, column: column, height: min(side, rows - row),
          width: min(side, columns - column))
      }
    }
  }
}
