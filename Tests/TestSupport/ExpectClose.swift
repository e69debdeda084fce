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
///
/// What is not finite is close to nothing but the same: an infinity to one of its sign, and what is no
/// number to what is none.
public func expectClose(
  _ actual: [Double], _ expected: [Double], relative: Double = 1e-5, absolute: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try #require(actual.count == expected.count, sourceLocation: sourceLocation)
  let excess = zip(actual, expected).map {
    shareOfAllowed($0, $1, relative: relative, absolute: absolute)
  }
  // No excess is NaN, so that their order is one.
  guard let worst = excess.indices.max(by: { excess[$0] < excess[$1] }) else { return }
  #expect(
    excess[worst] <= 1, "element \(worst): \(actual[worst]), expected \(expected[worst])",
    sourceLocation: sourceLocation)
}

/// A difference as a share of what is allowed; infinite where there is none.
private func shareOfAllowed(
  _ actual: Double, _ expected: Double, relative: Double, absolute: Double
) -> Double {
  if actual == expected || (actual.isNaN && expected.isNaN) { return 0 }
  guard actual.isFinite, expected.isFinite else { return .infinity }
  let allowed = absolute + relative * abs(expected)
  return allowed > 0 ? abs(actual - expected) / allowed : .infinity
}
