package import Datasets
package import Tensors

extension LabeledImages {
  /// The images of the given numbers, each zoomed to a patch: N × 3 × side × side, in 0…1.
  ///
  /// Grey is repeated. Enlarging is bilinear, shrinking averages.
  package func patches(_ numbers: [Int], side: Int) throws -> Tensor {
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
}
