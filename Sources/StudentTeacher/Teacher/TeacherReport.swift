public import AnomalyDetection
public import Downloads
public import Networks
import Tensors

/// How good a teacher is, measured on photographs that it has never seen.
public struct TeacherReport: Codable, Sendable, Equatable {
  /// What the best linear map from descriptors leaves of the encoders' features.
  ///
  /// Relative to predicting the mean: 0 is perfect, 1 says nothing. The map is fitted to photos of
  /// the training, so that teachers of all losses can be compared, and random ones. Nil without an
  /// encoder.
  public let distillationError: Double?
  /// The mean size of the correlation of two components of the descriptor, in 0…1.
  public let correlation: Double
  /// How often a patch is the nearest of ``candidates`` to its moved, noisy copy, in 0…1.
  public let recall: Double
  /// Among how many patches a copy looks for its own.
  public let candidates: Int

  /// How many patches are measured on, and how many the linear map is fitted to.
  struct Sizes {
    var measured = 1000
    var fitted = 4096
  }

  /// Measures a teacher.
  ///
  /// - Parameters:
  ///   - teacher: The teacher.
  ///   - encoders: What it was to distil; none where only the other figures are wanted.
  ///   - encoderSide: The side to which patches are enlarged for the encoders.
  ///   - photos: Photographs that it has learnt from, and others.
  ///   - downloader: What gets those at addresses; nil where there are none.
  ///   - run: Seed and device.
  /// - Throws: What reading photos or libtorch throws, and ``TeacherTrainingError/nothingHeldOut``.
  public init(
    of teacher: PatchDescriptor, distilling encoders: [any Encoder], encoderSide: Int,
    photos: Photographs, with downloader: Downloader? = nil, run: TrainingRun
  ) throws {
    try self.init(
      of: teacher, distilling: encoders, encoderSide: encoderSide, photos: photos,
      with: downloader, run: run, sizes: Sizes())
  }

  init(
    of teacher: PatchDescriptor, distilling encoders: [any Encoder], encoderSide: Int,
    photos: Photographs, with downloader: Downloader? = nil, run: TrainingRun, sizes: Sizes
  ) throws {
    guard !photos.heldOut.isEmpty else { throw TeacherTrainingError.nothingHeldOut }
    try PhotoFiles(locations: photos.training + photos.heldOut, downloader: downloader)
      .checkAddresses()
    let teacher = try teacher.map { try $0.to(run.device) }
    let unseen = try teacher.patches(
      photos.heldOut, downloader, sizes.measured, run, withPositives: true)
    try run.report("measuring the teacher", step: 1, of: 3)
    let descriptors = try teacher.describeAll(unseen.anchors, on: run.device)
    correlation = try meanCorrelation(of: descriptors)
    candidates = sizes.measured
    recall =
      try unseen.positives.map {
        try recallAtOne(of: teacher.describeAll($0, on: run.device), among: descriptors)
      } ?? 0
    try run.report("measuring the teacher", step: 2, of: 3)
    guard !encoders.isEmpty else {
      distillationError = nil
      return
    }
    let seen = try teacher.patches(photos.training, downloader, sizes.fitted, run).anchors
    let features = try EncoderFeatures(
      of: encoders, side: encoderSide, scaledBy: seen.parts(), device: run.device)
    distillationError = try residualVariance(
      fittedTo: teacher.describeAll(seen, on: run.device),
      features.inParts(of: seen, on: run.device),
      measuredOn: descriptors, features.inParts(of: unseen.anchors, on: run.device))
    try run.report("measuring the teacher", step: 3, of: 3)
  }
}

extension EncoderFeatures {
  /// Features of many patches, on the processor.
  fileprivate func inParts(of patches: Tensor, on device: Device) throws -> Tensor {
    try Tensor.concatenating(
      patches.parts().map { try self(of: $0.to(device)).to(.cpu) })
  }
}

extension PatchDescriptor {
  /// Random patches of photos, of the side that the network sees.
  fileprivate func patches(
    _ photos: [String], _ downloader: Downloader?, _ count: Int, _ run: TrainingRun,
    withPositives: Bool = false
  ) throws -> PhotoPatches.Batch {
    try PhotoPatches(
      photos: photos, downloader: downloader, side: receptiveField.patchSide, batch: count,
      patchesPerPhoto: 4, seed: run.seed, withPositives: withPositives
    ).batch(0)
  }

  /// Descriptors of many patches, on the processor.
  fileprivate func describeAll(_ patches: Tensor, on device: Device) throws -> Tensor {
    try Tensor.concatenating(
      patches.parts().map { try describe(patches: $0.to(device)).to(.cpu) })
  }
}

extension Tensor {
  /// The tensor in parts that networks can take at once, along its first axis.
  fileprivate func parts() throws -> [Tensor] {
    let count = shape[0]
    return try stride(from: 0, to: count, by: 64).map {
      try slice(0, from: $0, length: min(64, count - $0))
    }
  }
}
