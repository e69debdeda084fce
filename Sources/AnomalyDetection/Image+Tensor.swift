public import Images
public import Tensors

extension Image {
  /// The picture as networks take it: 1 × 3 × H × W, RGB in 0…1.
  public func tensor() throws -> Tensor {
    try Tensor(shape: [1, height, width, 3], scalars: pixels).permuted([0, 3, 1, 2])
  }
}
