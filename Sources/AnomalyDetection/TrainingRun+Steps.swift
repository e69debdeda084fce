import Datasets
import Files
import Foundation
public import Tensors

extension TrainingRun {
  /// Runs the steps of one phase that are not done yet, from its checkpoint where there is one.
  ///
  /// - Parameters:
  ///   - phase: A name that is unique in the run.
  ///   - count: How many steps there are.
  ///   - settings: What the phase was set to, as text; with ``fingerprint()`` it is the key of its
  ///     checkpoint, and that of another key is refused.
  ///   - state: All tensors that steps change in place, in a fixed order.
  ///   - mustBeDone: Whether it is an error where an earlier run has not done all steps.
  ///   - step: Does one step, numbered from 0, and gives its figures. It asks for its data, and whatever it asks of the
  ///     ``group``, before it changes `state`.
  /// - Throws: `CancellationError` after a last checkpoint, where the task is cancelled, or that of another
  ///   process of the ``group``; ``TrainingError/diverged`` where a figure is not finite, with nothing left to
  ///   go on with; what else a step throws, also after a last checkpoint, but for ``TensorError``.
  public func steps(
    _ phase: String, count: Int, settings: String, state: [Tensor], mustBeDone: Bool = false,
    _ step: (Int) async throws -> [(name: String, value: Double)]
  ) async throws {
    let key = try checkpoints.map { _ in try fingerprint() }
    try group?.agree(on: fingerprint())
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
    guard done == count || !mustBeDone else {
      throw TrainingError.unfinishedPiece(partName + phase, done: done, of: count)
    }
    try group?.start(from: &done, of: count, state)
    var clock = CheckpointClock()
    while done < count {
      let figures: [(name: String, value: Double)]
      do {
        figures = try await step(done)
        guard figures.allSatisfy(\.value.isFinite) else { throw TrainingError.diverged }
      } catch TrainingError.diverged {
        // It would diverge again from each of its checkpoints.
        checkpoints?.giveUp(partName + phase)
        throw TrainingError.diverged
      } catch let error as TensorError {
        // It may have come in the middle of the changes of a step: the last checkpoint stands.
        throw error
      } catch is CancellationError {
        try save(done)
        throw CancellationError()
      } catch {
        // Data that cannot be had, or another process that is lost: nothing is changed yet. A disk that takes no
        // checkpoint must not hide it.
        try? save(done)
        throw error
      }
      done += 1
      do {
        try reportTogether(phase, step: done, of: count, figures)
        if done % Self.stepsBetweenBroadcasts == 0 { try group?.broadcast(state) }
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

  /// Processors of different makes round differently: what steps change is made the same again.
  private static let stepsBetweenBroadcasts = 1000

  /// Reports a step; stops the training of all processes where the task of one was cancelled.
  private func reportTogether(
    _ phase: String, step: Int, of steps: Int, _ figures: [(name: String, value: Double)]
  ) throws {
    guard let group else { return try report(phase, step: step, of: steps, figures) }
    let cancelled = try group.sums([Task.isCancelled ? 1 : 0])[0]
    progress(Progress(phase: partName + phase, step: step, steps: steps, figures: figures))
    if cancelled > 0 { throw CancellationError() }
  }
}

extension ProcessGroup {
  /// Refuses to train together with processes that were given something else.
  ///
  /// How many threads and which device each has is its own.
  fileprivate func agree(on fingerprint: Fingerprint) throws {
    var parts = fingerprint.parts
    for name in ["threads", "device"] { parts[name] = nil }
    let own = Data(try Fingerprint(parts).json().utf8)
    let length = try ofFirst(own.count, in: 0...1 << 20)
    let bytes = rank == 0 ? own : Data(count: length)
    let sent = try bytes.withUnsafeBytes {
      try Tensor(shape: [bytes.count], type: .uint8, bytes: $0)
    }
    try broadcast([sent])
    let first = try? JSONDecoder().decode(Fingerprint.self, from: Data(sent.bytes()))
    let differences = Fingerprint(parts).differences(from: first ?? Fingerprint())
    // All know it before anyone leaves.
    let others = try sums([differences.isEmpty ? 0 : 1])[0]
    guard differences.isEmpty else {
      throw ProcessGroupError.otherInputs(rank: rank, differences)
    }
    guard others == 0 else { throw ProcessGroupError.otherInputs(rank: rank, []) }
  }

  /// Takes over the state of rank 0, and how many of all steps it has done.
  fileprivate func start(from done: inout Int, of count: Int, _ state: [Tensor]) throws {
    done = try ofFirst(done, in: 0...count)
    try broadcast(state)
  }

  /// The number that rank 0 has.
  private func ofFirst(_ number: Int, in range: ClosedRange<Int>) throws -> Int {
    let sent = try Tensor(shape: [1], doubles: [Double(number)])
    try broadcast([sent])
    guard let first = Int(exactly: try sent.doubles()[0]), range.contains(first) else {
      throw ProcessGroupError.otherInputs(rank: rank, [])
    }
    return first
  }
}
