public import Datasets
public import Files
public import Networks
public import Tensors

/// What surrounds every training: where its randomness comes from, where it runs, what it tells
/// its user, and how it survives a kill.
public struct TrainingRun: Sendable {
  /// The source of all randomness; the same seed on the same machine gives the same result.
  public var seed: UInt64
  /// Where the networks are trained.
  public var device: Device
  /// Where unfinished work is kept; nil where a kill may lose all of it.
  public var checkpoints: Checkpoints?
  /// The pretrained teachers; one serves all methods that build on descriptors.
  public var teachers: [ReceptiveField: PatchDescriptor]
  /// A pretrained network for methods that look at images through one.
  public var encoder: (any Encoder)?
  /// What the results depend on besides what stands here, by name: images, sizes, settings.
  public var inputs: [String: String] = [:]
  /// What tells this part of the run from others that do the same, before the name of each phase.
  private var partName = ""
  /// Called with every sign of progress, from the thread that trains.
  public var progress: @Sendable (Progress) -> Void

  /// A sign of progress.
  public struct Progress: Sendable {
    /// What is being done, in a few words.
    public let phase: String
    /// How many steps are done.
    public let step: Int
    /// How many there are.
    public let steps: Int
    /// Named figures of this step, in a fixed order.
    public let figures: [(name: String, value: Double)]

    /// A sign of progress.
    public init(
      phase: String, step: Int, steps: Int, figures: [(name: String, value: Double)] = []
    ) {
      self.phase = phase
      self.step = step
      self.steps = steps
      self.figures = figures
    }
  }

  /// A run with no checkpoints and no progress shown.
  public init(
    seed: UInt64 = 0, device: Device = .cpu, teachers: [ReceptiveField: PatchDescriptor] = [:],
    encoder: (any Encoder)? = nil, checkpoints: Checkpoints? = nil,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.seed = seed
    self.device = device
    self.teachers = teachers
    self.encoder = encoder
    self.checkpoints = checkpoints
    self.progress = progress
  }

  /// The same run for one of several parts that do the same, each with checkpoints of its own.
  public func part(_ name: String) -> TrainingRun {
    var part = self
    part.partName = "\(partName)\(name): "
    return part
  }

  /// The teacher for patches of a size.
  public func teacher(_ receptiveField: ReceptiveField) throws -> PatchDescriptor {
    guard let teacher = teachers[receptiveField] else {
      throw TrainingError.noTeacher(receptiveField.rawValue)
    }
    return teacher
  }

  /// Where and with what numbers are computed, by name: others round differently.
  public var execution: [String: String] {
    [
      "device": device.description, "threads": String(Runtime.threads),
      "libtorch": Runtime.libtorchVersion, "version": PackageVersion.current,
    ]
  }

  /// All that the results depend on, the key of checkpoints and of models.
  ///
  /// ``inputs``, ``execution``, the seed, and the networks that are built on.
  public func fingerprint() throws -> Fingerprint {
    var fingerprint = Fingerprint(execution.merging(inputs) { $1 }).with("seed", String(seed))
    for (field, teacher) in teachers {
      fingerprint = fingerprint.with(
        "teacher, p = \(field.rawValue)", try teacher.fingerprint())
    }
    if let encoder {
      fingerprint = fingerprint.with("encoder", try encoder.digest())
    }
    return fingerprint
  }

  /// Reports a step, and stops the training where its task was cancelled.
  public func report(
    _ phase: String, step: Int, of steps: Int, _ figures: [(name: String, value: Double)] = []
  ) throws {
    progress(Progress(phase: partName + phase, step: step, steps: steps, figures: figures))
    try Task.checkCancellation()
  }

  /// Runs the steps of one phase that are not done yet, from its checkpoint where there is one.
  ///
  /// - Parameters:
  ///   - phase: A name that is unique in the run.
  ///   - count: How many steps there are.
  ///   - settings: What the phase was set to, as text; with ``fingerprint()`` it is the key of its
  ///     checkpoint, and that of another key is refused.
  ///   - state: All tensors that steps change in place, in a fixed order.
  ///   - step: Does one step, numbered from 0, and gives its figures.
  /// - Throws: `CancellationError` after a last checkpoint, where the task is cancelled;
  ///   ``TrainingError/diverged`` where a figure is not finite, with nothing left to go on with.
  public func steps(
    _ phase: String, count: Int, settings: String, state: [Tensor],
    _ step: (Int) async throws -> [(name: String, value: Double)]
  ) async throws {
    let key = try checkpoints.map { _ in try fingerprint() }
    let save = { (done: Int) in
      guard let key else { return }
      try checkpoints?.save(
        partName + phase, step: done, of: key, settings: settings, state: state)
    }
    var done =
      try key.flatMap {
        try checkpoints?.restore(
          partName + phase, steps: count, of: $0, settings: settings, into: state)
      } ?? 0
    var clock = CheckpointClock()
    while done < count {
      let figures: [(name: String, value: Double)]
      do {
        figures = try await step(done)
        guard figures.allSatisfy(\.value.isFinite) else { throw TrainingError.diverged }
      } catch TrainingError.diverged {
        // It would diverge again from each of its checkpoints.
        checkpoints?.remove()
        throw TrainingError.diverged
      }
      done += 1
      do {
        try report(phase, step: done, of: count, figures)
      } catch {
        try save(done)
        throw error
      }
      if done == count || clock.isDue {
        try save(done)
        clock = CheckpointClock()
      }
    }
  }

  /// Measures some numbers of each of many things, such as images, where it left off.
  ///
  /// - Parameters:
  ///   - phase: A name that is unique in the run.
  ///   - count: How many things there are.
  ///   - width: How many numbers each has.
  ///   - settings: What the numbers depend on, as text; a checkpoint of other settings is refused.
  ///   - measure: Gives the numbers of one thing, by its number from 0.
  /// - Returns: One row of numbers a thing.
  /// - Throws: What `measure` throws, and `CancellationError` where the task is cancelled.
  public func measurements(
    _ phase: String, count: Int, width: Int, settings: String,
    _ measure: (Int) async throws -> [Double]
  ) async throws -> [[Double]] {
    let table = try Tensor(repeating: 0, shape: [count, width], type: .float64)
    try await steps(phase, count: count, settings: settings, state: [table]) { number in
      try await table.write(Tensor(shape: [1, width], doubles: measure(number)), at: [number, 0])
      return []
    }
    let values = try table.doubles()
    return (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  /// Measures some numbers of what a detector says of each of many images, where it left off.
  ///
  /// - Parameters:
  ///   - phase: A name that is unique in the run.
  ///   - images: The images.
  ///   - mapper: The detector.
  ///   - framing: See ``Mapper/maps(of:framing:progress:)``.
  ///   - width: How many numbers each has.
  ///   - settings: What the numbers depend on, as text; a checkpoint of other settings is refused.
  ///   - measure: Gives the numbers of an image.
  /// - Returns: One row of numbers an image.
  /// - Throws: What reading and mapping images and `measure` throw, and `CancellationError`.
  public func measurements(
    _ phase: String, of images: ImageCollection, by mapper: Mapper, framing: Framing? = nil,
    width: Int, settings: String, _ measure: (Evidence) throws -> [Double]
  ) async throws -> [[Double]] {
    var maps: MappedImages.AsyncIterator?
    return try await measurements(phase, count: images.count, width: width, settings: settings) {
      number in
      var rest =
        maps
        ?? mapper.maps(of: images.selecting(Array(number..<images.count)), framing: framing)
        .makeAsyncIterator()
      guard let found = try await rest.next() else { throw CancellationError() }
      maps = rest
      do { return try measure(found.get().evidence) } catch MappingError.notFinite {
        throw TrainingError.diverged
      }
    }
  }
}

/// Why a training cannot go on.
public enum TrainingError: Error, CustomStringConvertible, Equatable {
  /// There is no teacher for patches of this side.
  case noTeacher(Int)
  /// The method looks at images through a pretrained network, and there is none.
  case noEncoder
  /// The numbers grew without bound.
  case diverged
  /// All pixels of the good images look the same.
  case noVariation
  /// One patch or none to learn from.
  case tooFewPatches(Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .noTeacher(let side):
      "no teacher for p = \(side) is at hand"
    case .noEncoder:
      "this method needs a pretrained network, such as ResNet-18"
    case .diverged:
      "the training diverged, its numbers are not finite; lower the learning rate or change the seed"
    case .noVariation:
      "all pixels of the good images look the same, so that nothing tells what is ordinary; "
        + "give images that show something"
    case .tooFewPatches(let count):
      "\(count) patch\(count == 1 ? "" : "es") to learn from; give at least 2"
    }
  }
}
