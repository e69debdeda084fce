import Tensors

/// How much the components of descriptors repeat each other.
///
/// L_c of Bergmann et al. (2020), Eq. 4: the correlations between the components of the descriptor
/// over a batch, those of a component with itself left out. They are squared, as their plain sum
/// has no lower bound, and averaged over the pairs, so that the weight of the loss does not depend
/// on the dimension.
///
/// `descriptors` are N × dimension, with N at least 2. The loss lies in 0…1; independent random
/// components give 1 / (N − 1).
func compactnessLoss(of descriptors: Tensor) throws -> Tensor {
  let dimension = descriptors.shape[1]
  // The diagonal is 1 in every row.
  let offDiagonal = try correlations(of: descriptors).squared().sum() - Double(dimension)
  return try offDiagonal / Double(dimension * (dimension - 1))
}

/// The correlation of each two components of descriptors N × dimension: dimension × dimension.
func correlations(of descriptors: Tensor) throws -> Tensor {
  let centred = try descriptors - descriptors.mean(over: [0], keepingAxes: true)
  let lengths = try (centred.squared().sum(over: [0], keepingAxes: true) + 1e-12).squareRoot()
  let unit = try centred / lengths
  return try unit.transposed().matrixProduct(unit)
}

/// The mean size of the correlations of different components of descriptors N × dimension.
func meanCorrelation(of descriptors: Tensor) throws -> Double {
  let dimension = descriptors.shape[1]
  let sum = try Double(correlations(of: descriptors).magnitude().sum().scalar())
  return (sum - Double(dimension)) / Double(dimension * (dimension - 1))
}
