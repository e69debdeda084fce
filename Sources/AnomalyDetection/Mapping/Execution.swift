public import Tensors

/// How a detector runs; what it has learnt stays as it is.
public struct Execution: Codable, Sendable, Equatable {
  /// Where maps are computed.
  public var device = Device.cpu
  /// What networks compute with.
  public var precision = Precision.fp32
  /// At how many pixels descriptors are computed; nil for ``Density/strided``, or for a method that
  /// leaves no choice.
  public var density: Density?
  /// How many threads of the processor one map takes; nil for as many as the process has.
  public var threads: Int?

  /// By default on the processor, with 32 bits.
  public init(
    on device: Device = .cpu, precision: Precision = .fp32, density: Density? = nil,
    threads: Int? = nil
  ) {
    self.device = device
    self.precision = precision
    self.density = density
    self.threads = threads
  }

  /// The execution in which nothing is left open, for a detector.
  ///
  /// - Throws: ``MappingError/noDensity`` where one is asked for that the detector has not,
  ///   ``PrecisionError`` where the detector or the device cannot compute so.
  package func resolved(for detector: some AnomalyDetector) throws -> Execution {
    var execution = self
    guard density.map(detector.densities.contains) ?? true else { throw MappingError.noDensity }
    if density == nil, detector.densities.contains(.strided) { execution.density = .strided }
    guard detector.precisions.contains(precision) else {
      throw PrecisionError.notOfMethod(precision)
    }
    try precision.check(device)
    return execution
  }
}
