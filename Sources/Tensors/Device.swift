import CTensors

/// Where tensors live and operations run.
public struct Device: Sendable, Hashable {
  /// What it is.
  public let kind: Kind
  /// Which of several cards, from 0.
  public let index: Int

  /// A kind of device.
  public enum Kind: String, Sendable, CaseIterable {
    /// The processor.
    case cpu
    /// An NVIDIA (or, with such a libtorch, AMD) graphics card.
    case cuda
    /// The graphics part of an Apple chip.
    case mps

    fileprivate var native: CTDeviceKind {
      switch self {
      case .cpu: CTCPU
      case .cuda: CTCUDA
      case .mps: CTMPS
      }
    }
  }

  private init(_ kind: Kind, _ index: Int = 0) {
    self.kind = kind
    self.index = index
  }

  /// The processor.
  public static let cpu = Device(.cpu)
  /// The first graphics card.
  public static let cuda = Device(.cuda)
  /// The graphics part of an Apple chip.
  public static let mps = Device(.mps)
  /// One of several graphics cards, from 0.
  public static func cuda(_ index: Int) -> Device { Device(.cuda, index) }

  /// Those of this machine that this libtorch can use.
  public static var available: [Device] {
    Kind.allCases.flatMap { kind in
      (0..<Int(ct_device_count(kind.native))).map { Device(kind, $0) }
    }
  }

  /// Whether this machine and this libtorch have the device.
  public var isAvailable: Bool { index < Int(ct_device_count(kind.native)) }

  /// Waits until everything queued on the device is done; needed before reading a clock.
  public func synchronize() throws {
    try check(ct_synchronize(native))
  }

  var native: CTDevice { CTDevice(kind: kind.native, index: Int32(clamping: index)) }

  init(_ native: CTDevice) {
    self.init(Kind.allCases.first { $0.native == native.kind } ?? .cpu, Int(native.index))
  }
}

extension Device: LosslessStringConvertible, Codable {
  /// `cpu`, `cuda`, `cuda:1` or `mps`; a kind alone is its first.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let kind = Kind(rawValue: String(parts[0])) else {
      return nil
    }
    guard parts.count == 2 else {
      self.init(kind)
      return
    }
    guard kind == .cuda, parts[1].allSatisfy({ ("0"..."9").contains($0) }),
      let index = Int(parts[1]),
      (0..<128).contains(index)
    else { return nil }
    self.init(kind, index)
  }

  /// `cpu`, `cuda`, `cuda:1` or `mps`.
  public var description: String { index == 0 ? kind.rawValue : "\(kind.rawValue):\(index)" }

  /// From its description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let device = Device(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no device")
    }
    self = device
  }

  /// As its description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// What the whole process shares with libtorch.
public enum Runtime {
  /// The version of libtorch that the package was built against.
  public static var libtorchVersion: String { String(cString: ct_version()) }

  /// How many threads one operation may use on the processor.
  public static var threads: Int { Int(ct_threads()) }

  /// Sets how many threads one operation may use on the processor.
  public static func setThreads(_ count: Int) throws {
    try check(ct_set_threads(Int32(clamping: count)))
  }

  /// Sets whether an NVIDIA card may round the factors of float32 convolutions and matrix products to
  /// TF32: ten binary digits instead of 23, for its fast units.
  ///
  /// libtorch's own default is yes for convolutions and no for matrix products.
  public static func allowTensorFloat32(_ allowed: Bool) throws {
    try check(ct_allow_tf32(allowed))
  }

  /// Lets the process keep the memory that it frees, for its next tensors.
  ///
  /// Otherwise each large tensor is made of fresh pages, which the system must clear: a twentieth of
  /// a training's time. For programs that do little else, before their first tensor.
  public static func keepFreedMemory() { ct_keep_memory() }

  /// The memory that the process holds now, in bytes; 0 where the system does not tell.
  public static var residentBytes: Int { Int(ct_resident_bytes()) }
}
