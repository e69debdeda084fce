import Tensors
import TestSupport
import Testing

/// What compares must itself be able to fail.
@Suite struct `A comparison` {
  /// Expects one failure whose message holds `words`.
  private func expectFailure(
    saying words: String = "", sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) throws {
    try withKnownIssue(sourceLocation: sourceLocation) {
      try body()
    } matching: {
      words.isEmpty || "\($0)".contains(words)
    }
  }

  @Test(arguments: 0..<4) func `fails for a number that is none, wherever it is`(place: Int) throws
  {
    for strange in [Double.nan, .infinity, -.infinity] {
      var numbers = [1.0, 2, 3, 4]
      numbers[place] = strange
      try expectFailure(saying: "element \(place)") { try expectClose(numbers, [1, 2, 3, 4]) }
      try expectFailure(saying: "element \(place)") { try expectClose([1, 2, 3, 4], numbers) }
    }
  }

  @Test func `passes for what is expected to be no finite number`() throws {
    let numbers: [Double] = [.nan, .infinity, -.infinity, 1]
    try expectClose(numbers, numbers)
    try expectFailure(saying: "element 1") {
      try expectClose(numbers, [.nan, -.infinity, .infinity, 1])
    }
    try expectFailure(saying: "element 0") { try expectClose(numbers, [.infinity] + numbers[1...]) }
  }

  @Test func `reports the worst element`() throws {
    try expectFailure(saying: "element 2: 5.0, expected 3.0") {
      try expectClose([1.1, 2, 5, 4.1], [1, 2, 3, 4])
    }
    // A number that is none is worse than any that is one, and does not hide behind it.
    try expectFailure(saying: "element 1: nan") { try expectClose([900, .nan, 3], [1, 2, 3]) }
  }

  @Test func `allows what it says, and no more`() throws {
    try expectClose([100.0005], [100], relative: 5e-6, absolute: 1e-9)
    try expectFailure { try expectClose([100.0006], [100], relative: 5e-6, absolute: 1e-9) }
    try expectClose([0], [0], relative: 0, absolute: 0)
    try expectFailure { try expectClose([1e-300], [0], relative: 0, absolute: 0) }
    try expectClose([Double](), [])
  }

  @Test func `looks at the shape first`() throws {
    let (row, column) = try (
      Tensor(shape: [1, 2], scalars: [1, .nan]), Tensor(shape: [2, 1], scalars: [1, 2])
    )
    try expectFailure(saying: "shape") { try expectClose(row, column) }
    try expectFailure(saying: "count") { try expectClose([1], [1, 2]) }
    try expectFailure(saying: "element 1: nan") {
      try expectClose(row, Tensor(shape: [1, 2], scalars: [1, 2]))
    }
  }
}
