extension [Float] {
  /// The mean of the highest values; NaN where any value is.
  ///
  /// In linear time: the values are counted by the first half of their bits, and only those that share the
  /// bits of the lowest one taken are sorted.
  ///
  /// - Parameter count: How many of them.
  /// - Returns: Their mean, added up in 64 bits; of one value that value.
  /// - Precondition: There are as many, and at least one.
  func meanOfHighest(_ count: Int) -> Float {
    precondition((1...self.count).contains(count), "\(count) of \(self.count)")
    var tally = [Int](repeating: 0, count: 1 << 16)
    for value in self {
      guard !value.isNaN else { return .nan }
      tally[value.bin] += 1
    }
    // The bin of the lowest value taken, and how many values lie in bins above it.
    var (bin, above) = (tally.count - 1, 0)
    while above + tally[bin] < count {
      above += tally[bin]
      bin -= 1
    }
    let highest = filter { $0.bin > bin }
    let rest = filter { $0.bin == bin }.sorted(by: >).prefix(count - above)
    let sum = (highest + rest).reduce(0) { $0 + Double($1) }
    return Float(sum / Double(count))
  }
}

extension Float {
  /// The first half of its bits, so that a higher value has no lower bin.
  fileprivate var bin: Int {
    let bits = bitPattern
    return Int((bits >> 31 == 1 ? ~bits : bits | 1 << 31) >> 16)
  }
}
