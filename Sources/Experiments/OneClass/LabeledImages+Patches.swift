import Files
import UninformedStudents
import Tensors

extension LabeledImages {
  /// What tells these images from others: SHA-256 over sizes, pixels and classes.
  func digest() -> String {
    let digest = Digest()
    digest.add("\(height) \(width) \(channels)")
    digest.add(pixels)
    digest.add(labels)
    return digest.digits()
  }

  /// The images of the given numbers, each zoomed to a patch: N × 3 × side × side, in 0…1.
  ///
  /// Grey is repeated. Enlarging is bilinear, shrinking averages.
  func patches(_ numbers: [Int], side: Int) throws -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(numbers.count * height * width * channels)
    for number in numbers {
      for value in picture(number) { values.append(Float(value) / 255) }
    }
    let pictures = try Tensor(shape: [numbers.count, height, width, channels], scalars: values)
      .permuted([0, 3, 1, 2])
    let colored =
      channels == 3 ? pictures : try Tensor.concatenating([pictures, pictures, pictures], axis: 1)
    return try colored.resized(height: side, width: side, .antialiased)
  }

  /// The numbers of the images of a class, at most so many.
  func numbers(of label: Int, limit: Int? = nil) -> [Int] {
    let all = labels.indices.filter { Int(labels[$0]) == label }
    return limit.map { Array(all.prefix($0)) } ?? all
  }
}
