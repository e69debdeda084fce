// Arithmetic on numbers from outside: what does not fit is an error, not a trap.

extension Int {
  /// A number of a file.
  ///
  /// - Throws: ``FormatFault`` where it is too large for any file.
  package init(ofFile number: UInt64) throws {
    guard let value = Int(exactly: number) else {
      throw FormatFault.malformed("it holds the impossible number \(number)")
    }
    self = value
  }

  /// The sum.
  ///
  /// - Throws: ``FormatFault`` where it does not fit.
  package func adding(_ other: Int) throws -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    guard !overflow else { throw FormatFault.malformed("its sizes make no sense") }
    return sum
  }

  /// The product.
  ///
  /// - Throws: ``FormatFault`` where it does not fit.
  package func times(_ other: Int) throws -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    guard !overflow else { throw FormatFault.malformed("its sizes make no sense") }
    return product
  }

  /// The next multiple of `block`.
  ///
  /// - Throws: ``FormatFault`` where it does not fit.
  package func roundedUp(to block: Int) throws -> Int {
    let rest = self % block
    return rest == 0 ? self : try adding(block - rest)
  }
}

extension Sequence<Int> {
  /// The number of elements of an array of these sides.
  ///
  /// - Throws: ``FormatFault`` for a negative side, or where the product does not fit.
  package func elements() throws -> Int {
    // A zero anywhere must not hide sides whose product overflows elsewhere.
    var (count, isEmpty) = (1, false)
    for side in self {
      guard side >= 0 else { throw FormatFault.malformed("a side of \(side) makes no sense") }
      isEmpty = isEmpty || side == 0
      count = try count.times(Swift.max(side, 1))
    }
    return isEmpty ? 0 : count
  }
}
