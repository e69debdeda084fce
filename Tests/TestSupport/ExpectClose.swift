public import Tensors
public import Testing

/// Compares two tensors: the shape first, then each element, and reports the worst one.
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, relative: Double = 1e-5, absolute: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try #require(actual.shape == expected.shape, sourceLocation: sourceLocation)
  try expectClose(
    actual.doubles(), expected.doubles(), relative: relative, absolute: absolute,
    sourceLocation: sourceLocation)
}

/// Compares two rows of numbers element by element and reports the worst one.
public func expectClose(
  _ actual: [Double], _ expected: [Double], relative: Double = 1e-5, absolute: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try #require(actual.count == expected.count, sourceLocation: sourceLocation)
  // Not a number compares as false, and must count as the worst.
  let excess = zip(actual, expected).map { abs($0 - $1) / (absolute + relative * abs($1)) }
  let worst = excess.indices.max { !(excess[$0] >= excess[$1]) } ?? 0
  guard !excess.isEmpty else { return }
  #expect(
    excess[worst] <= 1, "element \(worst): \(actual[worst]), expected \(expected[worst])",
    sourceLocation: sourceLocation)
}
