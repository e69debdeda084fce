public import Images
import Tensors

/// A detector at work: its weights on a device, its kernels packed, one map at a time on a thread of its
/// own.
public actor Mapper {
  /// How it runs, with nothing left open.
  public nonisolated let execution: Execution
  private nonisolated let thread = MappingThread()
  private let detector: any AnomalyDetector
  private var placed: (any PlacedDetector)?

  /// Where all of it runs.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// Readies a detector.
  ///
  /// - Throws: ``MappingError``, ``PrecisionError``, and `TensorError` where the device has no memory
  ///   for it.
  init(_ detector: some AnomalyDetector, _ execution: Execution) async throws {
    self.execution = try execution.resolved(for: detector)
    self.detector = detector
    // From here on on the mapper's own thread.
    _ = try ready()
  }

  /// How many images are worth mapping together.
  public var imagesTogether: Int { get throws { try ready().imagesTogether } }

  private func ready() throws -> any PlacedDetector {
    try execution.precision.prepare(execution.device)
    if let placed { return placed }
    if let threads = execution.threads { try Runtime.setThreads(threads) }
    let placed = try detector.placed(for: execution)
    self.placed = placed
    return placed
  }

  /// What the detector says of several images of one size.
  ///
  /// - Parameters:
  ///   - images: The images, as large as the detector's training images were.
  ///   - progress: Told how far it is, by methods that search for long.
  /// - Returns: The evidence of each; what its image ignores its map does, too.
  /// - Throws: ``MappingError/notFinite`` where a score is no number, and `TensorError`.
  public func evidence(
    of images: [Image], progress: @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws -> [Evidence] {
    let found = try ready().evidence(of: images, progress: progress)
    guard found.allSatisfy(\.map.isFinite) else { throw MappingError.notFinite }
    return zip(found, images).map { $0.ignoring($1.isIgnored) }
  }

  /// The same of one image.
  public func evidence(
    of image: Image, progress: @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws -> Evidence {
    try evidence(of: [image], progress: progress)[0]
  }

  /// Does other work with tensors on the mapper's thread, between maps.
  package func perform<Value: Sendable>(_ work: @Sendable () throws -> Value) rethrows -> Value {
    try work()
  }
}

extension AnomalyDetector {
  /// The detector made ready to map images.
  ///
  /// - Parameter execution: Where, with what numbers, and at how many pixels.
  /// - Returns: A mapper of its own, on a thread of its own.
  /// - Throws: ``MappingError/noDensity``, ``PrecisionError``, and `TensorError` where the device has no
  ///   memory for it.
  public func prepared(for execution: Execution = .init()) async throws -> Mapper {
    try await Mapper(self, execution)
  }
}
