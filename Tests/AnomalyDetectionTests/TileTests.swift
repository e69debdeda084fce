import Testing

@testable import AnomalyDetection

@Suite struct `Tiles` {
  @Test func `cover all descriptors once`() {
    let tiles = Tile.covering(rows: 23, columns: 9, side: 5)
    var seen = [Int](repeating: 0, count: 23 * 9)
    for tile in tiles {
      for row in tile.row..<tile.row + tile.height {
        for column in tile.column..<tile.column + tile.width { seen[row * 9 + column] += 1 }
      }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }
}
