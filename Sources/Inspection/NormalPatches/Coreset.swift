import Tensors

extension Tensor {
  /// The numbers of a few rows that lie close to all: greedy k-centre.
  ///
  /// The first is the row nearest to the mean, each next one the row farthest from those before
  /// (Gonzalez 1985; as in Sener and Savarese 2018). No row lies more than twice as far from its nearest
  /// as with the best choice.
  ///
  /// - Parameter most: How many at most; fewer where the rows have fewer values.
  /// - Returns: The rows' numbers, in the order in which they were chosen.
  /// - Throws: `TensorError`.
  func coreset(atMost most: Int) throws -> [Int] {
    // Centred, so that little is lost to rounding.
    let rows = try self - mean(over: [0], keepingAxes: true)
    let lengths = try rows.squared().sum(over: [1])
    var chosen = [Int(try lengths.placeOfSmallest(along: 0).scalar())]
    let distances = { (number: Int) in
      let one = try rows.slice(0, from: number, length: 1)
      let products = try rows.matrixProduct(one.transposed()).reshaped([rows.shape[0]])
      return try lengths + lengths.slice(0, from: number, length: 1) - products * 2
    }
    var nearest = try distances(chosen[0])
    // What rounding, here and in the rows, leaves of a distance of zero.
    let least = try max(
      1e-6 * Double(lengths.largest().scalar()),
      1e-9 * Double(squared().sum(over: [1]).largest().scalar()))
    while chosen.count < min(most, shape[0]) {
      let farthest = Int(try (-nearest).placeOfSmallest(along: 0).scalar())
      guard try Double(nearest.slice(0, from: farthest, length: 1).scalar()) > least else { break }
      chosen.append(farthest)
      nearest = try nearest.minimum(distances(farthest))
    }
    return chosen
  }
}
