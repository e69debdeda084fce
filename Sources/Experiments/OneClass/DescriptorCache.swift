import Files
import Foundation
import ModelFiles
import UninformedStudents

/// What the teacher says of all pictures of a data set: computed once, then read from disk.
struct DescriptorCache {
  /// Where the files lie.
  let folder: String
  let teacher: PatchDescriptor
  /// What tells this teacher from others.
  let fingerprint: String

  /// The descriptors of pictures zoomed to patches, count × 128.
  ///
  /// - Parameters:
  ///   - images: The pictures.
  ///   - name: What they are, such as `mnist-train`.
  ///   - run: Device and progress.
  /// - Returns: One row a picture.
  /// - Throws: What reading or writing files and libtorch throw.
  func descriptors(of images: LabeledImages, _ name: String, _ run: TrainingRun) throws -> Tensor {
    let path = "\(folder)/\(name)-\(fingerprint).safetensors"
    let shape = [images.count, ReceptiveField.dimension]
    if fileExists(path),
      let known = try SafetensorsFile(contentsOf: path).tensors["descriptors"], known.shape == shape
    {
      return known
    }
    let onDevice = try teacher.map { try $0.to(run.device) }.frozen()
    let side = teacher.receptiveField.patchSide
    var parts: [Tensor] = []
    for start in stride(from: 0, to: images.count, by: Self.part) {
      let numbers = Array(start..<min(start + Self.part, images.count))
      parts.append(
        try onDevice.descriptors(
          ofPatches: images.patches(numbers, side: side).to(run.device)
        ).to(.cpu))
      try run.report("describing \(name)", step: start + numbers.count, of: images.count)
    }
    let descriptors = try Tensor.concatenating(parts)
    try makeFolder(folder)
    try SafetensorsFile(tensors: ["descriptors": descriptors]).write(to: path)
    return descriptors
  }

  private static let part = 256
}
