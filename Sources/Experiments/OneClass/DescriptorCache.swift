import Files
import Foundation
import ModelFiles
import Tensors
import UninformedStudents

/// What the teacher says of all images of a data set: computed once, then read from disk.
///
/// Found by all that it depends on: the images, the teacher, and where it was computed.
struct DescriptorCache {
  /// Where the files lie; nil where nothing is kept.
  let folder: String?
  let teacher: PatchDescriptor

  private static let fingerprintKey = "fingerprint"
  private static let checksumKey = "checksum"

  /// The descriptors of images zoomed to patches, count × 128.
  ///
  /// - Parameters:
  ///   - images: The images.
  ///   - name: What they are, such as `mnist-train`.
  ///   - run: Device and progress.
  /// - Returns: One row an image.
  /// - Throws: What reading or writing files and libtorch throw.
  func descriptors(of images: LabeledImages, _ name: String, _ run: TrainingRun) throws -> Tensor {
    guard let folder else { return try described(images, name, run) }
    let fingerprint = Fingerprint(run.execution)
      .with("images", images.digest()).with("teacher", try teacher.fingerprint())
    let path = "\(folder)/\(name)-\(fingerprint.digits.prefix(16)).safetensors"
    if let known = try known(path, fingerprint, count: images.count) { return known }
    let descriptors = try described(images, name, run)
    try makeFolder(folder)
    try SafetensorsFile(
      metadata: [
        Self.fingerprintKey: fingerprint.digits,
        Self.checksumKey: Digest.digits(of: try descriptors.bytes()),
      ], tensors: ["descriptors": descriptors]
    ).write(to: path)
    return descriptors
  }

  /// What an earlier run has kept; nil where it has not, or the file is damaged or of other inputs.
  private func known(_ path: String, _ fingerprint: Fingerprint, count: Int) throws -> Tensor? {
    guard let file = try kept(path, SafetensorsFile.init(contentsOf:)),
      file.metadata[Self.fingerprintKey] == fingerprint.digits,
      let known = file.tensors["descriptors"], known.shape == [count, ReceptiveField.dimension],
      file.metadata[Self.checksumKey] == Digest.digits(of: try known.bytes())
    else { return nil }
    return known
  }

  private func described(
    _ images: LabeledImages, _ name: String, _ run: TrainingRun
  ) throws -> Tensor {
    let onDevice = try teacher.map { try $0.to(run.device) }.frozen()
    let side = teacher.receptiveField.patchSide
    var parts: [Tensor] = []
    for start in stride(from: 0, to: images.count, by: Self.part) {
      let numbers = Array(start..<min(start + Self.part, images.count))
      parts.append(
        try onDevice.describe(
          patches: images.patches(numbers, side: side).to(run.device)
        ).to(.cpu))
      try run.report("describing \(name)", step: start + numbers.count, of: images.count)
    }
    return try Tensor.concatenating(parts)
  }

  private static let part = 256
}
