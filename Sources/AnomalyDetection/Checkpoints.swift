import Files
import Foundation
import ModelFiles
import Tensors

/// Unfinished work in a folder: what it depends on, and one file a phase, replaced as a whole.
public struct Checkpoints: Sendable {
  /// What becomes of what an earlier run has left.
  public enum Earlier: Sendable {
    /// It is thrown away.
    case discarded
    /// It is gone on with; what is damaged or of other inputs is an error.
    case resumed
    /// It is gone on with where it fits, and otherwise thrown away.
    case resumedWhereItFits
  }

  /// Where the files lie.
  public let folder: String
  private let earlier: Earlier
  /// Whether several workers keep theirs here, each some phases.
  private let isShared: Bool
  private let start = ContinuousClock.now
  /// What earlier runs spent until they last saved.
  private let earlierSeconds: Double

  /// The work of `folder`, which is made as soon as there is something to keep.
  ///
  /// - Parameters:
  ///   - folder: Where the files lie.
  ///   - earlier: What becomes of what is there.
  ///   - isShared: Whether several workers keep theirs here, each some phases.
  public init(folder: String, earlier: Earlier, isShared: Bool = false) {
    self.folder = folder
    self.earlier = earlier
    self.isShared = isShared
    if earlier == .discarded { removeFolder(folder) }
    // Without it the work is the same; only its time is not known.
    let kept = (try? contents(ofFile: Self.secondsPath(folder))) ?? nil
    let seconds = kept.flatMap { Double(String(decoding: $0, as: UTF8.self)) } ?? 0
    earlierSeconds = seconds.isFinite ? max(0, seconds) : 0
  }

  /// The same; `resuming` tells whether what an earlier run left is gone on with, or thrown away.
  public init(folder: String, resuming: Bool) {
    self.init(folder: folder, earlier: resuming ? .resumed : .discarded)
  }

  /// Seconds since the work began, with those of the runs that it was stopped in.
  public var seconds: Double { earlierSeconds + (ContinuousClock.now - start) / .seconds(1) }

  private static func secondsPath(_ folder: String) -> String { "\(folder)/seconds" }

  /// Deletes the folder, once its work is finished and saved elsewhere.
  ///
  /// - Returns: Whether it is gone.
  @discardableResult
  public func remove() -> Bool { removeFolder(folder) }

  /// Deletes work that leads nowhere: of a shared folder that of one phase, otherwise all.
  ///
  /// - Parameter phase: Its name.
  func giveUp(_ phase: String) {
    if isShared { withSystemPath(path(phase)) { _ = unlink($0) } } else { remove() }
  }

  private func damaged(_ path: String) -> CheckpointError {
    isShared ? .damagedPart(path) : .damaged(path)
  }

  private func path(_ phase: String) -> String {
    "\(folder)/\(phase.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()).safetensors"
  }

  // MARK: - The whole

  private var runPath: String { "\(folder)/run.json" }

  /// Makes sure that an earlier run's work is of the same inputs, whatever phases it came to.
  ///
  /// - Parameter run: All that the work depends on.
  /// - Throws: ``CheckpointError`` where it is not.
  func check(_ run: Fingerprint) throws {
    guard let data = try contents(ofFile: runPath) else { return }
    do {
      guard let found = try? JSONDecoder().decode(Fingerprint.self, from: data) else {
        throw damaged(runPath)
      }
      let differences = run.differences(from: found)
      guard differences.isEmpty else { throw CheckpointError.others(runPath, differences) }
    } catch is CheckpointError where earlier == .resumedWhereItFits {
      remove()
    }
  }

  /// Writes what the work depends on, where that does not stand there yet.
  private func note(_ run: Fingerprint) throws {
    try makeFolder(folder)
    if try !fileExists(runPath) {
      try AtomicFile.write(Data(try run.json().utf8), to: runPath)
    }
  }

  // MARK: - One phase

  private static let fingerprintKey = "fingerprint"
  private static let stepKey = "step"
  private static let checksumKey = "checksum"

  /// Replaces what is kept of a phase.
  ///
  /// - Parameters:
  ///   - phase: Its name.
  ///   - step: How many steps are done.
  ///   - run: All that the run depends on.
  ///   - settings: What the phase depends on besides.
  ///   - state: What the steps have changed.
  /// - Throws: `FileError` where it cannot be written.
  func save(
    _ phase: String, step: Int, of run: Fingerprint, settings: String, state: [Tensor]
  ) throws {
    try note(run)
    let fingerprint = Self.fingerprint(run, settings)
    let named = state.enumerated().map { (String($0.offset), $0.element) }
    var file = SafetensorsFile(
      metadata: [Self.stepKey: String(step), Self.fingerprintKey: try fingerprint.json()],
      tensors: Dictionary(uniqueKeysWithValues: named))
    file.metadata[Self.checksumKey] = try Self.checksum(of: file)
    try file.write(to: path(phase))
    try AtomicFile.write(Data(String(seconds).utf8), to: Self.secondsPath(folder))
  }

  /// Copies what was saved into `state`; gives the number of steps done, nil where none is.
  func restore(
    _ phase: String, steps: Int, of run: Fingerprint, settings: String, into state: [Tensor]
  ) throws -> Int? {
    try check(run)
    let fingerprint = Self.fingerprint(run, settings)
    let path = path(phase)
    guard try fileExists(path) else { return nil }
    // What is only out of reach is not damaged: it is neither called so nor thrown away.
    let file = try kept(path, SafetensorsFile.init(contentsOf:))
    do {
      return try restored(file, path, steps: steps, of: fingerprint, into: state)
    } catch is CheckpointError where earlier == .resumedWhereItFits {
      remove()
      return nil
    }
  }

  private static func fingerprint(_ run: Fingerprint, _ settings: String) -> Fingerprint {
    run.with("settings of the phase", settings)
  }

  private func restored(
    _ file: SafetensorsFile?, _ path: String, steps: Int, of fingerprint: Fingerprint,
    into state: [Tensor]
  ) throws -> Int {
    guard let file,
      file.metadata[Self.checksumKey] == (try Self.checksum(of: file)),
      let text = file.metadata[Self.fingerprintKey],
      let found = try? JSONDecoder().decode(Fingerprint.self, from: Data(text.utf8))
    else { throw damaged(path) }
    let differences = fingerprint.differences(from: found)
    guard differences.isEmpty else { throw CheckpointError.others(path, differences) }
    guard let step = file.metadata[Self.stepKey].flatMap(Int.init), (0...steps).contains(step),
      file.tensors.count == state.count
    else { throw damaged(path) }
    let saved = try state.enumerated().map { index, tensor in
      guard let saved = file.tensors[String(index)], saved.shape == tensor.shape,
        saved.type == tensor.type
      else { throw damaged(path) }
      return saved
    }
    // Nothing is changed before all of it is known to fit.
    for (tensor, saved) in zip(state, saved) {
      try withoutGradients {
        try tensor.write(saved.to(tensor.device), at: tensor.shape.map { _ in 0 })
      }
    }
    return step
  }

  /// A checksum over everything but itself.
  private static func checksum(of file: SafetensorsFile) throws -> String {
    var checksum = Checksum()
    for (key, text) in file.metadata.sorted(by: { $0.key < $1.key }) where key != checksumKey {
      checksum.add(key)
      checksum.add(text)
    }
    try checksum.add(file.tensors)
    return checksum.digits
  }
}

/// When unfinished work was last saved.
struct CheckpointClock {
  private let start = ContinuousClock.now

  /// Half a minute, so that a kill loses less than one.
  var isDue: Bool { start.duration(to: .now) > .seconds(30) }
}

/// Why work cannot be gone on with.
public enum CheckpointError: Error, CustomStringConvertible, Equatable {
  /// The checkpoint is of other inputs, of which these differ.
  case others(String, [String])
  /// The checkpoint is not as it was written.
  case damaged(String)
  /// The same of one worker's, beside those of others.
  case damagedPart(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .others(let path, let differences):
      "\(path): belongs to a training with other inputs (\(differences.joined(separator: ", "))); use the "
        + "same inputs, or delete its folder and start again"
    case .damagedPart(let path):
      "\(path): damaged since it was written; delete this file, and start the worker of its part again"
    case .damaged(let path):
      "\(path): damaged since it was written; delete its folder and start again"
    }
  }
}
