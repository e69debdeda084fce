import Files
import UninformedStudents

extension LabeledImages {
  /// What tells these images from others: SHA-256 over sizes, pixels and classes.
  func digest() -> String {
    let digest = Digest()
    digest.add("\(height) \(width) \(channels)")
    digest.add(pixels)
    digest.add(labels)
    return digest.digits()
  }

  /// The numbers of the images of a class, at most so many.
  func numbers(of label: Int, limit: Int? = nil) -> [Int] {
    let all = labels.indices.filter { Int(labels[$0]) == label }
    return limit.map { Array(all.prefix($0)) } ?? all
  }
}
