/// Colours for numbers in 0…1, from dark blue over green and yellow to red.
public enum ColorMap {
  /// Red, green and blue in 0…1 at equal distances of the number; brightness rises to yellow, so
  /// that the order can be seen without colour vision.
  private static let stops: [SIMD3<Float>] = [
    [0.10, 0.09, 0.30], [0.13, 0.30, 0.60], [0.10, 0.58, 0.62], [0.42, 0.79, 0.42],
    [0.96, 0.87, 0.27], [0.97, 0.53, 0.16], [0.80, 0.10, 0.13],
  ]

  /// The colour of a number; what lies outside 0…1 takes the outermost colours.
  public static func color(_ value: Float) -> SIMD3<Float> {
    let position = min(max(value, 0), 1) * Float(stops.count - 1)
    let below = min(Int(position), stops.count - 2)
    let share = position - Float(below)
    return stops[below] * (1 - share) + stops[below + 1] * share
  }
}
