import CVips

/// Which values of a mask mark, and what kind of defect each one stands for.
enum MaskValues {
  /// The most values that a mask of kinds has; a blurred one has more.
  private static let mostKinds = 64

  /// The kind of each pixel, by the rules of ``Mask/init(contentsOf:maxPixels:)``; 0 is background.
  static func kinds(_ decoded: DecodedSamples, isLossy: Bool) -> [UInt8] {
    decoded.withSamples { samples in
      guard let start = samples.samples else { return [] }
      let isGrey = samples.channels == 1
      switch samples.kind {
      case CVWords:
        let words = start.assumingMemoryBound(to: UInt16.self)
        return Values(
          samples, value: { UInt32(isGrey ? words[$0] : highest(words, $0)) }, level: { Float($0) }
        ).kinds(isLossy, softFrom: 32_768)
      case CVFloats:
        let floats = start.assumingMemoryBound(to: Float.self)
        return Values(
          // Adding zero leaves one zero of two.
          samples, value: { ((isGrey ? floats[$0] : highest(floats, $0)) + 0).bitPattern },
          level: { Float(bitPattern: $0) }
        ).kinds(isLossy, softFrom: .infinity)
      default:
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        guard !isGrey else {
          return Values(samples, value: { UInt32(bytes[$0]) }, level: { Float($0) })
            .kinds(isLossy, isOfBytes: true, softFrom: 128)
        }
        return Values(
          samples,
          value: { pixel in
            UInt32(bytes[3 * pixel]) | UInt32(bytes[3 * pixel + 1]) << 8
              | UInt32(bytes[3 * pixel + 2]) << 16
          }, level: { Float(max($0 & 255, $0 >> 8 & 255, $0 >> 16)) }
        ).kinds(isLossy, isOfBytes: true, softFrom: 128)
      }
    }
  }

  /// The highest of red, green and blue.
  private static func highest<Number: Comparable>(
    _ numbers: UnsafePointer<Number>, _ pixel: Int
  ) -> Number { max(numbers[3 * pixel], numbers[3 * pixel + 1], numbers[3 * pixel + 2]) }

  /// Pixels that `value` tells apart; `level` says how high a value is.
  private struct Values {
    let height: Int
    let width: Int
    let value: (Int) -> UInt32
    let level: (UInt32) -> Float

    init(_ samples: CVSamples, value: @escaping (Int) -> UInt32, level: @escaping (UInt32) -> Float)
    {
      height = Int(samples.height)
      width = Int(samples.width)
      self.value = value
      self.level = level
    }

    private var count: Int { height * width }

    /// The kind of each pixel.
    ///
    /// Numbers of classes are small; only where the highest level is at least `softFrom` may lower ones
    /// be soft edges.
    func kinds(_ isLossy: Bool, isOfBytes: Bool = false, softFrom: Float) -> [UInt8] {
      let frequencies = isLossy ? nil : frequencies()
      guard let frequencies, !(isOfBytes && isNoisy(frequencies.keys.map(level))) else {
        let highest = (0..<count).reduce(Float(0)) { max($0, level(value($1))) }
        return (0..<count).map { highest > 0 && 2 * level(value($0)) >= highest ? 1 : 0 }
      }
      let background = background(frequencies)
      // In the order of their levels, so that a higher kind has a higher number.
      let marking = frequencies.keys.filter { $0 != background }
        .sorted { (level($0), $0) < (level($1), $1) }
      let numbers = Dictionary(uniqueKeysWithValues: zip(marking, UInt8(1)...))
      let kinds = (0..<count).map { numbers[value($0)] ?? 0 }
      guard marking.count > 1, let last = marking.last, level(last) >= softFrom else {
        return kinds
      }
      return joiningSoftEdges(kinds)
    }

    /// Gives regions whose every pixel touches a higher kind to that kind, the highest ones first.
    private func joiningSoftEdges(_ kinds: [UInt8]) -> [UInt8] {
      var kinds = kinds
      var isDone = [Bool](repeating: false, count: count)
      let starts = kinds.indices.filter { kinds[$0] != 0 }.sorted { kinds[$0] > kinds[$1] }
      for start in starts where !isDone[start] {
        let kind = kinds[start]
        var region = [start]
        var (next, above, isEdge) = (0, UInt8(0), true)
        isDone[start] = true
        while next < region.count {
          var highest: UInt8 = 0
          let (row, column) = (region[next] / width, region[next] % width)
          for y in max(0, row - 1)...min(height - 1, row + 1) {
            for x in max(0, column - 1)...min(width - 1, column + 1) {
              let neighbour = y * width + x
              highest = max(highest, kinds[neighbour])
              guard kinds[neighbour] == kind, !isDone[neighbour] else { continue }
              isDone[neighbour] = true
              region.append(neighbour)
            }
          }
          if highest > kind { above = max(above, highest) } else { isEdge = false }
          next += 1
        }
        if isEdge { for pixel in region { kinds[pixel] = above } }
      }
      return kinds
    }

    /// How many pixels have each value; nil where there are too many for kinds.
    private func frequencies() -> [UInt32: Int]? {
      guard count > 0 else { return [:] }
      var frequencies: [UInt32: Int] = [:]
      var (last, length) = (value(0), 0)
      for pixel in 0..<count {
        let value = value(pixel)
        if value != last {
          frequencies[last, default: 0] += length
          guard frequencies.count <= mostKinds else { return nil }
          (last, length) = (value, 0)
        }
        length += 1
      }
      frequencies[last, default: 0] += length
      return frequencies.count <= mostKinds ? frequencies : nil
    }

    /// The value of background; nil where all mark.
    private func background(_ frequencies: [UInt32: Int]) -> UInt32? {
      if let zero = frequencies.keys.first(where: { level($0) == 0 }) { return zero }
      guard frequencies.count > 1 else { return nil }
      return frequencies.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Whether there are values just above black and just below the highest one: what JPEG leaves of two
    /// values, also where the file was converted since.
    private func isNoisy(_ levels: [Float]) -> Bool {
      guard let highest = levels.max(), highest >= 128 else { return false }
      return levels.contains { (1...3).contains($0) }
        && levels.contains { (highest - 3...highest - 1).contains($0) }
    }
  }
}
