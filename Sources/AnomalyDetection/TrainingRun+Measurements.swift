public import Datasets
import Files
import Tensors

extension TrainingRun {
  /// Measures some numbers of each of many things, such as images, where it left off.
  ///
  /// - Parameters:
  ///   - phase: A name that is unique in the run.
  ///   - count: How many things there are.
  ///   - width: How many numbers each has.
  ///   - settings: What the numbers depend on, as text; a checkpoint of other settings is refused.
  ///   - measure: Gives the numbers of one thing, by its number from 0.
  /// - Returns: One row of numbers a thing.
  /// - Throws: What `measure` throws, and `CancellationError` where the task is cancelled.
  public func measurements(
    _ phase: String, count: Int, width: Int, settings: String,
    _ measure: (Int) async throws -> [Double]
  ) async throws -> [[Double]] {
    let table = try Tensor(repeating: 0, shape: [count, width], type: .float64)
    try await steps(phase, count: count, settings: settings, state: [table]) { number in
      try await table.write(Tensor(shape: [1, width], doubles: measure(number)), at: [number, 0])
      return []
    }
    let values = try table.doubles()
    return (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  /// Measures some numbers of what a detector says of each of many images, where it left off.
  ///
  /// - Parameters:
  ///   - phase: A name that is unique in the run.
  ///   - images: The images.
  ///   - mapper: The detector.
  ///   - framing: See ``Mapper/maps(of:framing:progress:)``.
  ///   - width: How many numbers each has.
  ///   - settings: What the numbers depend on, as text; a checkpoint of other settings is refused.
  ///   - measure: Gives the numbers of an image.
  /// - Returns: One row of numbers an image.
  /// - Throws: What reading and mapping images and `measure` throw, and `CancellationError`.
  public func measurements(
    _ phase: String, of images: ImageCollection, by mapper: Mapper, framing: Framing? = nil,
    width: Int, settings: String, _ measure: (Evidence) throws -> [Double]
  ) async throws -> [[Double]] {
    var maps: MappedImages.AsyncIterator?
    return try await measurements(phase, count: images.count, width: width, settings: settings) {
      number in
      var rest =
        maps
        ?? mapper.maps(of: images.selecting(Array(number..<images.count)), framing: framing)
        .makeAsyncIterator()
      guard let found = try await rest.next() else { throw CancellationError() }
      maps = rest
      do { return try measure(found.get().evidence) } catch MappingError.notFinite {
        throw TrainingError.diverged
      }
    }
  }
}
