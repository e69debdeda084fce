import Evaluation
import Testing

@Suite struct `Connected regions` {
  @Test func `touch at sides and corners`() {
    let picture = [
      "#..##",
      ".#..#",
      ".....",
      "#...#",
    ]
    let mask = picture.joined().map { $0 == "#" }
    let found = ConnectedRegions(of: mask, height: 4, width: 5)
    #expect(
      found.regions == [
        Region(x: 0, y: 0, width: 2, height: 2, area: 2),
        Region(x: 3, y: 0, width: 2, height: 2, area: 3),
        Region(x: 0, y: 3, width: 1, height: 1, area: 1),
        Region(x: 4, y: 3, width: 1, height: 1, area: 1),
      ])
    #expect(found.labels.map { Int($0) }[0...9] == [0, -1, -1, 1, 1, -1, 0, -1, -1, 1])
  }

  @Test func `end where another kind begins`() {
    let kinds: [UInt8] = [
      1, 1, 2, 2,
      0, 1, 2, 0,
      1, 0, 0, 1,
    ]
    let found = ConnectedRegions(ofKinds: kinds, height: 3, width: 4)
    #expect(found.regions.map(\.area) == [4, 3, 1])
    #expect(found.labels == [0, 0, 1, 1, -1, 0, 1, -1, 0, -1, -1, 2])
  }

  @Test func `are none in an empty mask and one in a full one`() {
    #expect(ConnectedRegions(of: [false, false], height: 2, width: 1).regions.isEmpty)
    let full = ConnectedRegions(of: [Bool](repeating: true, count: 6), height: 2, width: 3)
    #expect(full.regions == [Region(x: 0, y: 0, width: 3, height: 2, area: 6)])
  }
}
