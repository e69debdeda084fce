/// A rectangle of descriptors.
package struct Tile: Equatable {
  package let row: Int
  package let column: Int
  package let height: Int
  package let width: Int

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

  /// Tiles of one size that cover the descriptors; the last ones are moved back to the border, and
  /// overlap those before.
  package static func alike(rows: Int, columns: Int, side: Int) -> [Tile] {
    let starts = { (length: Int) in
      stride(from: 0, to: length, by: side).map { max(0, min($0, length - side)) }
    }
    return starts(rows).flatMap { row in
      starts(columns).map { column in
        Tile(row: row, column: column, height: min(side, rows), width: min(side, columns))
      }
    }
  }
}
