/// At how many pixels descriptors are computed.
public enum Density: String, Codable, Sendable, CaseIterable {
  /// At every pixel.
  case full
  /// At every 4th (p = 33) or 8th (p = 65) pixel of each direction, interpolated between: the same
  /// values there for a sixth to a fourteenth of the time. For p = 17 the same as ``full``.
  case strided
}
