import AnomalyDetection
import Tensors

/// The mean and deviation of error and uncertainty over all pixels of some training images.
///
/// They bring both to one scale (Bergmann et al. 2020, Eq. 13), each receptive field having its
/// own, so that receptive fields may be averaged without weights.
struct ScoreNormalization: Codable, Sendable, Equatable {
  /// Mean and deviation of the regression error.
  var error = Moments()
  /// Mean and deviation of the predictive uncertainty.
  var uncertainty = Moments()

  /// What changes nothing: mean 0, deviation 1.
  static let none = ScoreNormalization(
    error: Moments(numbers: [1, 0, 1]), uncertainty: Moments(numbers: [1, 0, 1]))

  /// The same where scores can be divided by it.
  ///
  /// - Throws: `TrainingError.noVariation` where all pixels score alike.
  func checked(students: Int) throws -> ScoreNormalization {
    guard isSound(students: students) else { throw TrainingError.noVariation }
    return self
  }

  /// Adds the moments that another holds.
  mutating func add(_ other: ScoreNormalization) {
    error.add(other.error)
    uncertainty.add(other.uncertainty)
  }

  /// Error and uncertainty in deviations from their means.
  func standardized(
    _ both: (error: Tensor, uncertainty: Tensor)
  ) throws -> (error: Tensor, uncertainty: Tensor) {
    (try error.standardized(both.error), try uncertainty.standardized(both.uncertainty))
  }

  /// Whether both are finite and vary; a single student never disagrees with itself.
  func isSound(students: Int) -> Bool {
    error.isSound && error.deviation > 0 && uncertainty.isSound
      && (uncertainty.deviation > 0 || students == 1)
  }
}

/// A mean and a standard deviation, from any number of values given part by part.
struct Moments: Codable, Sendable, Equatable {
  private var count = 0.0
  /// The mean; 0 of no values.
  private(set) var mean = 0.0
  private var squares = 0.0

  /// The standard deviation over the population.
  var deviation: Double { count > 0 ? (squares / count).squareRoot() : 0 }

  /// No values yet.
  init() {}

  /// What ``numbers`` gave.
  init(numbers: ArraySlice<Double>) {
    let numbers = Array(numbers)
    (count, mean, squares) = (numbers[0], numbers[1], numbers[2])
  }

  /// Those of some values.
  init(of values: [Float]) { add(values) }

  /// The count, the mean and the sum of squared distances to it.
  var numbers: [Double] { [count, mean, squares] }

  /// Whether these can be the moments of something.
  var isSound: Bool {
    count >= 1 && count.isFinite && mean.isFinite && squares >= 0 && deviation.isFinite
  }

  /// Adds values in 64 bits: there are millions of pixels.
  mutating func add(_ values: [Float]) {
    guard !values.isEmpty else { return }
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    add(Moments(numbers: [Double(values.count), mean, squares]))
  }

  /// Adds what others hold.
  ///
  /// The moments of two parts give those of the whole (Chan, Golub and LeVeque 1983).
  mutating func add(_ other: Moments) {
    let total = count + other.count
    guard total > 0 else { return }
    let shift = other.mean - mean
    squares += other.squares + shift * shift * (count * other.count / total)
    mean += shift * (other.count / total)
    count = total
  }

  /// Values in deviations from the mean.
  func standardized(_ values: Tensor) throws -> Tensor {
    // A single student never disagrees with itself: then there is nothing to divide by.
    try (values - mean) / (deviation > 0 ? deviation : 1)
  }
}
