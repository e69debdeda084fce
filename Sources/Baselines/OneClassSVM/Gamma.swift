import Tensors

extension OneClassSVM {
  /// The width of the kernel exp(−γ‖x − y‖²): a number, or a rule that makes one of the descriptors.
  public enum Gamma: Hashable, Sendable {
    /// 1 / dimension, scikit-learn's `auto`, its default before version 0.22 (2019).
    ///
    /// With it figures come near the paper's or pass them, on single patches and on images. `scale`
    /// makes γ of descriptors ten to thirty times as small, so that all good ones look alike.
    case auto
    /// 1 / (dimension · variance of all numbers), scikit-learn's `scale`.
    case scale
    /// A number above 0.
    case number(Double)

    func value(for descriptors: Tensor) throws -> Double {
      switch self {
      case .auto: return 1 / Double(descriptors.shape[1])
      case .scale:
        let exact = try descriptors.to(.float64)
        let variance = try (exact - exact.mean()).squared().mean().doubles()[0]
        return 1 / (Double(descriptors.shape[1]) * max(variance, .leastNormalMagnitude))
      case .number(let number): return number
      }
    }
  }
}

extension OneClassSVM.Gamma: LosslessStringConvertible, Codable {
  /// `auto`, `scale`, or the number.
  public var description: String {
    switch self {
    case .auto: "auto"
    case .scale: "scale"
    case .number(let number): "\(number)"
    }
  }

  /// What ``description`` says; nil for anything else.
  public init?(_ description: String) {
    switch description {
    case "auto": self = .auto
    case "scale": self = .scale
    default:
      guard let number = Double(description), number > 0, number.isFinite else { return nil }
      self = .number(number)
    }
  }

  /// The rule or number of a file.
  ///
  /// - Throws: `DecodingError` for any other text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let gamma = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "gamma is auto, scale, or a number above 0")
    }
    self = gamma
  }

  /// Writes ``description``.
  ///
  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
