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
  /// The processes that train together, of which this is one; nil for a process alone.
  public var group: ProcessGroup?
  /// Whether independent pieces of the work are taken from ``checkpoints``, where workers have left them,
  /// instead of made; see ``AnomalyMethod/makePiece(_:from:run:)``.
  public var takesPieces = false
  /// What tells this part of the run from others that do the same, before the name of each phase.
  var partName = ""
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

  /// The same run without its ``group``: for what one process does, while the others do the same or nothing.
  public var alone: TrainingRun {
    var alone = self
    alone.group = nil
    return alone
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
  /// A piece of the work is taken that no worker has finished: what it is, and how far it is.
  case unfinishedPiece(String, done: Int, of: Int)
  /// One patch or none to learn from.
  case tooFewPatches(Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .noTeacher(let side):
      "there is no teacher for p = \(side)"
    case .noEncoder:
      "this method needs a pretrained network, such as ResNet-18"
    case .diverged:
      "the training diverged: its numbers are not finite; lower the learning rate or change the seed"
    case .noVariation:
      "all pixels of the good images look the same, so there is nothing to learn; give images that show "
        + "the part"
    case .unfinishedPiece(let name, let done, let count):
      "\(name): \(done) of \(count) steps are done; start the worker of this part again, then join"
    case .tooFewPatches(let count):
      "\(count) patch\(count == 1 ? "" : "es") to learn from; give at least 2"
    }
  }
}
