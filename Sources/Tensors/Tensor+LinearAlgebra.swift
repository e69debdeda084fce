import CTensors

// Matrices, rows × columns.
extension Tensor {
  /// The matrix product over the last two axes.
  public func matrixProduct(_ other: Tensor) throws -> Tensor {
    try made { ct_matmul(pointer, other.pointer, &$0) }
  }

  /// The matrix with rows and columns exchanged.
  public func transposed() throws -> Tensor { try permuted([1, 0]) }

  /// The matrix X of this square matrix · X = `other`.
  ///
  /// - Throws: ``TensorError`` where the matrix has no inverse.
  public func solving(_ other: Tensor) throws -> Tensor {
    try made { ct_solve(pointer, other.pointer, &$0) }
  }

  /// The eigenvalues of this symmetric matrix in ascending order, and its eigenvectors in columns.
  public func symmetricEigen() throws -> (values: Tensor, vectors: Tensor) {
    var vectors: OpaquePointer?
    let values = try made { ct_eigen_symmetric(pointer, &$0, &vectors) }
    return (
      values,
      try made { out in
        out = vectors
        return 0
      }
    )
  }

  /// The squared Euclidean distance of each row to each row of `other`: rows × rows of `other`.
  ///
  /// By one matrix product; rounding grows with the length of the rows, so centre them first.
  public func squaredDistances(to other: Tensor) throws -> Tensor {
    let own = try squared().sum(over: [1], keepingAxes: true)
    let others = try other.squared().sum(over: [1]).reshaped([1, other.shape[0]])
    return try (own + others - matrixProduct(other.transposed()) * 2).maximum(0)
  }
}
