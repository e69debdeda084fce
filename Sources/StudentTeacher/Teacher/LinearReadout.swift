import Tensors

/// What the best affine map from descriptors leaves of features, relative to their mean.
///
/// Ridge regression (Hoerl and Kennard 1970) with a faint ridge, in 64 bits. Descriptors are
/// N × dimension, features N × any number.
func residualVariance(
  fittedTo descriptors: Tensor, _ features: Tensor, measuredOn newDescriptors: Tensor,
  _ newFeatures: Tensor
) throws -> Double {
  let inputs = try descriptors.to(.float64).withOnes()
  let targets = try features.to(.float64)
  let transposed = try inputs.transposed()
  let products = try transposed.matrixProduct(inputs)
  let size = products.shape[0]
  let trace = (0..<size).map { index in index * (size + 1) }
  let mean = try products.reshaped([size * size]).selecting(trace).mean().doubles()[0]
  let ridged = try products + Tensor.identity(size, type: .float64) * (1e-6 * mean)
  let map = try ridged.solving(transposed.matrixProduct(targets))
  let truth = try newFeatures.to(.float64)
  let errors = try newDescriptors.to(.float64).withOnes().matrixProduct(map) - truth
  let spread = try truth - truth.mean(over: [0], keepingAxes: true)
  return try errors.squared().sum().doubles()[0] / spread.squared().sum().doubles()[0]
}

extension Tensor {
  /// The rows with a 1 at their end.
  fileprivate func withOnes() throws -> Tensor {
    try Tensor.concatenating(
      [self, Tensor(repeating: 1, shape: [shape[0], 1], type: type)], axis: 1)
  }
}
