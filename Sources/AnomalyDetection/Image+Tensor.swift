public import Images
public import Tensors

extension Image {
  /// The image as networks take it: 1 × 3 × H × W, RGB in 0…1.
  public func tensor() throws -> Tensor {
    try Tensor(shape: [1, height, width, 3], scalars: pixels).permuted([0, 3, 1, 2])
  }

  /// Several images of one size: N × 3 × H × W.
  ///
  /// - Precondition: There is one at least.
  package static func tensor(of images: [Image]) throws -> Tensor {
    precondition(!images.isEmpty, "no images")
    let tensors = try images.map { try $0.tensor() }
    return tensors.count == 1 ? tensors[0] : try Tensor.concatenating(tensors)
  }
}
