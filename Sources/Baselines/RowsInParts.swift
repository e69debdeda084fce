import Tensors

extension Tensor {
  /// Works on some rows at a time, so that a matrix of rows × `columns` never grows large.
  ///
  /// - Parameters:
  ///   - columns: How many numbers `body` makes of each row on its way.
  ///   - body: Gives one number a row.
  /// - Returns: One number for each row of this matrix.
  /// - Throws: What `body` throws.
  func inParts(ofRowsFor columns: Int, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    let count = shape[0]
    let rows = max(1, (1 << 24) / max(columns, 1))
    guard count > rows else { return try body(self) }
    return try Tensor.concatenating(
      stride(from: 0, to: count, by: rows).map {
        try body(slice(0, from: $0, length: min(rows, count - $0)))
      })
  }
}
