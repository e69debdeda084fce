/// At how many pixels descriptors are computed.
public enum Density: String, Codable, Sendable, CaseIterable {
  /// At every pixel.
  case full
  /// At every 4th (p = 33) or 8th (p = 65) pixel of each direction, interpolated between: the same
  /// values there for a sixth to a fourteenth of the time. For p = 17 the same as ``full``.
  case strided
  /// As ``strided``, and with p = 17, which costs most, only in those parts of an image in which the
  /// larger receptive fields see something. Without both of them the same as ``strided``.
  case screen
}
