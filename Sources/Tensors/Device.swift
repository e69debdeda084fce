import CTensors

/// Where tensors live and operations run.
public enum Device: String, Sendable, CaseIterable, Codable {
  /// The processor.
  case cpu
  /// An NVIDIA (or, with such a libtorch, AMD) graphics card.
  case cuda
  /// The graphics part of an Apple chip.
  case mps

  /// Whether this machine and this libtorch have the device.
  public var isAvailable: Bool { ct_has_device(native) }

  /// Waits until everything queued on the device is done; needed before reading a clock.
  public func synchronize() throws {
    try check(ct_synchronize(native))
  }

  var native: CTDevice {
    switch self {
    case .cpu: CTCPU
    case .cuda: CTCUDA
    case .mps: CTMPS
    }
  }

  init(_ native: CTDevice) {
    self = Self.allCases.first { $0.native == native } ?? .cpu
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
