import Randomness
import Tensors

/// One run of k-means.
struct Clustering {
  /// Centers × dimension.
  let centers: Tensor
  /// The sum of squared distances of the vectors to their centres; lower is tighter.
  let inertia: Double

  /// Clusters vectors count × dimension.
  init(of vectors: Tensor, _ settings: KMeans.Settings, seed: UInt64, restart: Int) throws {
    let mean = try vectors.mean(over: [0], keepingAxes: true)
    let centred = try vectors - mean
    var random = SeededGenerator(seed: seed, for: .centers, restart)
    let count = min(settings.centers, centred.shape[0])
    var centers = try Self.spread(count, over: centred, &random)
    let enough = try settings.tolerance * Double(centred.squared().mean().scalar())
    for _ in 0..<settings.rounds {
      let moved = try Self.means(of: centred, around: centers)
      let shift = try (moved - centers).squared().sum().scalar()
      centers = moved
      if Double(shift) <= enough { break }
    }
    inertia = try Self.inertia(of: centred, around: centers)
    self.centers = try centers + mean
  }

  /// The start of k-means++: each centre is a vector drawn with a probability that grows with its
  /// squared distance to those before.
  private static func spread(
    _ count: Int, over vectors: Tensor, _ random: inout SeededGenerator
  ) throws -> Tensor {
    let first = Int.random(in: 0..<vectors.shape[0], using: &random)
    var centers = try vectors.slice(0, from: first, length: 1)
    var nearest = try vectors.squaredDistances(to: centers).scalars()
    while centers.shape[0] < count {
      let total = nearest.reduce(0.0) { $0 + Double($1) }
      var rest = Double.random(in: 0..<1, using: &random) * total
      var chosen = nearest.count - 1
      for (index, distance) in nearest.enumerated() {
        rest -= Double(distance)
        if rest < 0 {
          chosen = index
          break
        }
      }
      let next = try vectors.slice(0, from: chosen, length: 1)
      let distances = try vectors.squaredDistances(to: next).scalars()
      nearest = zip(nearest, distances).map { min($0, $1) }
      centers = try Tensor.concatenating([centers, next])
    }
    return centers
  }

  /// The means of the vectors that are nearest to each centre.
  private static func means(of vectors: Tensor, around centers: Tensor) throws -> Tensor {
    let (count, dimension) = (centers.shape[0], centers.shape[1])
    let distances = try vectors.squaredDistances(to: centers)
    let members = try distances.placeOfSmallest(along: 1).oneHot(classes: count, type: .float64)
    let sizes = try members.sum(over: [0]).doubles()
    let sums = try members.transposed().matrixProduct(vectors.to(.float64))
    let means =
      try sums
      / Tensor(shape: [count, 1], doubles: sizes.map { max($0, 1) })
      .to(vectors.device)
    let result = try means.to(.float32)
    // A centre that nothing is nearest to starts again at the vector that is farthest from all.
    var far = try distances.smallest(over: [1]).scalars()
    for empty in sizes.indices where sizes[empty] == 0 {
      let farthest = far.indices.max { far[$0] < far[$1] } ?? 0
      far[farthest] = 0
      try result.write(
        vectors.slice(0, from: farthest, length: 1).reshaped([1, dimension]), at: [empty, 0])
    }
    return result
  }

  private static func inertia(of vectors: Tensor, around centers: Tensor) throws -> Double {
    let labels = try vectors.squaredDistances(to: centers).placeOfSmallest(along: 1)
    let own = try labels.oneHot(classes: centers.shape[0]).matrixProduct(centers)
    return try (vectors.to(.float64) - own.to(.float64)).squared().sum().doubles()[0]
  }
}
