import Files
import Foundation
import ModelFiles
import Tensors

/// Unfinished work in a folder: one file a phase, replaced as a whole.
public struct Checkpoints: Sendable {
  /// Where the files lie.
  public let folder: String
  private let start = ContinuousClock.now
  /// What earlier runs spent until they last saved.
  private let earlierSeconds: Double

  /// The work of `folder`, which is made as soon as there is something to keep.
  ///
  /// `resuming` tells whether what an earlier run left is gone on with, or thrown away.
  public init(folder: String, resuming: Bool) {
    self.folder = folder
    if !resuming { Self.remove(folder) }
    let kept = contents(ofFile: Self.secondsPath(folder))
    earlierSeconds = kept.flatMap { Double(String(decoding: $0, as: UTF8.self)) } ?? 0
  }

  /// Seconds since the work began, with those of the runs that it was stopped in.
  public var seconds: Double { earlierSeconds + (ContinuousClock.now - start) / .seconds(1) }

  private static func secondsPath(_ folder: String) -> String { "\(folder)/seconds" }

  /// Deletes the folder, once its work is finished and saved elsewhere.
  public func remove() { Self.remove(folder) }

  private static func remove(_ folder: String) {
    removeFolder(folder)
  }

  private func path(_ phase: String) -> String {
    "\(folder)/\(phase.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()).safetensors"
  }

  func save(_ phase: String, step: Int, settings: String, state: [Tensor]) throws {
    try makeFolder(folder)
    let named = state.enumerated().map { (String($0.offset), $0.element) }
    let file = SafetensorsFile(
      metadata: ["step": String(step), "settings": settings],
      tensors: Dictionary(uniqueKeysWithValues: named))
    try file.write(to: path(phase))
    try AtomicFile.write(Data(String(seconds).utf8), to: Self.secondsPath(folder))
  }

  /// Copies what was saved into `state`; gives the number of steps done, nil where none is.
  func restore(_ phase: String, settings: String, into state: [Tensor]) throws -> Int? {
    let path = path(phase)
    guard fileExists(path) else { return nil }
    let file = try SafetensorsFile(contentsOf: path)
    guard let step = file.metadata["step"].flatMap(Int.init),
      file.metadata["settings"] == settings, file.tensors.count == state.count
    else { throw CheckpointError.otherSettings(path) }
    for (index, tensor) in state.enumerated() {
      guard let saved = file.tensors[String(index)], saved.shape == tensor.shape else {
        throw CheckpointError.otherSettings(path)
      }
      try withoutGradients {
        try tensor.write(saved.to(tensor.device), at: tensor.shape.map { _ in 0 })
      }
    }
    return step
  }
}

/// When unfinished work was last saved.
struct CheckpointClock {
  private let start = ContinuousClock.now

  /// Half a minute, so that a kill loses less than one.
  var isDue: Bool { start.duration(to: .now) > .seconds(30) }
}

/// Why work cannot be saved or gone on with.
public enum CheckpointError: Error, CustomStringConvertible, Equatable {
  /// The checkpoint is of a training with other settings.
  case otherSettings(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .otherSettings(let path):
      "\(path): left by a training with other settings; use the same, or start without --resume"
    }
  }
}
