import AnomalyDetection
import CSupportVectors
import Foundation
import Synchronization
import Tensors

/// What LIBSVM finds: which vectors bound the region, with what weight, and where it ends.
struct SupportVectors: Sendable {
  let indices: [Int]
  let coefficients: [Double]
  let rho: Double

  /// Solves the one-class problem for vectors count × dimension.
  ///
  /// LIBSVM can be stopped every thousand iterations only, which may take a minute: it works on a
  /// thread of its own, which a cancelled run does not wait for.
  init(of vectors: Tensor, nu: Double, gamma: Double, _ run: TrainingRun) async throws {
    let phase = "fitting the support vectors"
    let count = vectors.shape[0]
    let problem = Problem(
      vectors: try vectors.doubles(), count: count, dimension: vectors.shape[1], nu: nu,
      gamma: gamma)
    let work = Work()
    let thread = Thread { work.finish(Result { try problem.solution(work) }) }
    thread.name = "LIBSVM"
    thread.start()
    var wait = Duration.milliseconds(1)
    do {
      while work.result == nil {
        try await Task.sleep(for: wait)
        wait = min(wait * 2, .milliseconds(100))
        let iterations = work.iterations
        guard iterations > 0 else { continue }
        // The number of iterations is not known beforehand, but is about that of the vectors.
        try run.report(
          phase, step: min(iterations, count - 1), of: count, [("iterations", Double(iterations))])
      }
    } catch {
      work.stop()
      throw error
    }
    guard let solution = try work.result?.get() else { throw CancellationError() }
    self = solution
    try run.report(phase, step: count, of: count)
  }

  fileprivate init(indices: [Int], coefficients: [Double], rho: Double) {
    self.indices = indices
    self.coefficients = coefficients
    self.rho = rho
  }
}

/// What the thread that works and the task that waits for it tell each other.
private final class Work: Sendable {
  private struct State {
    var iterations = 0
    var isStopped = false
    var result: Result<SupportVectors?, any Error>?
  }

  private let state = Mutex(State())

  var iterations: Int { state.withLock { $0.iterations } }
  var result: Result<SupportVectors?, any Error>? { state.withLock { $0.result } }
  func stop() { state.withLock { $0.isStopped = true } }
  func finish(_ result: Result<SupportVectors?, any Error>) {
    state.withLock { $0.result = result }
  }

  /// Notes how far it is; gives whether to go on.
  func reached(_ iterations: Int) -> Bool {
    state.withLock { state in
      state.iterations = iterations
      return !state.isStopped
    }
  }
}

/// Vectors, and how closely the region is to fit them.
private struct Problem: Sendable {
  /// Row by row.
  let vectors: [Double]
  let count: Int
  let dimension: Int
  let nu: Double
  let gamma: Double

  /// The memory that LIBSVM may use for rows of the kernel, in MB.
  private static let cache = 1000.0

  /// What LIBSVM finds; nil where it was stopped.
  func solution(_ work: Work) throws -> SupportVectors? {
    // A row of LIBSVM is a list of numbered components that ends with the number -1.
    var nodes: [svm_node] = []
    nodes.reserveCapacity(count * (dimension + 1))
    for row in 0..<count {
      for column in 0..<dimension {
        nodes.append(svm_node(index: Int32(column + 1), value: vectors[row * dimension + column]))
      }
      nodes.append(svm_node(index: -1, value: 0))
    }
    var labels = [Double](repeating: 1, count: count)
    return try nodes.withUnsafeMutableBufferPointer { nodes in
      var rows = (0..<count).map { nodes.baseAddress?.advanced(by: $0 * (dimension + 1)) }
      return try rows.withUnsafeMutableBufferPointer { rows in
        try labels.withUnsafeMutableBufferPointer { labels in
          var problem = svm_problem(l: Int32(count), y: labels.baseAddress, x: rows.baseAddress)
          return try solution(of: &problem, work)
        }
      }
    }
  }

  private func solution(of problem: inout svm_problem, _ work: Work) throws -> SupportVectors? {
    var parameters = svm_parameter()
    parameters.svm_type = Int32(ONE_CLASS)
    parameters.kernel_type = Int32(RBF)
    (parameters.nu, parameters.gamma) = (nu, gamma)
    (parameters.cache_size, parameters.eps, parameters.shrinking) = (Self.cache, 1e-3, 1)
    if let complaint = svm_check_parameter(&problem, &parameters) {
      throw SupportVectorError(description: "LIBSVM: \(String(cString: complaint))")
    }
    let context = Unmanaged.passUnretained(work).toOpaque()
    var model = sv_train(
      &problem, &parameters,
      { iterations, context in
        context.map { Unmanaged<Work>.fromOpaque($0).takeUnretainedValue().reached(iterations) }
          ?? false
      }, context)
    defer { svm_free_and_destroy_model(&model) }
    guard model != nil else { return nil }
    guard let found = model?.pointee, let weights = found.sv_coef?[0], let rho = found.rho,
      let numbers = found.sv_indices
    else { throw SupportVectorError(description: "LIBSVM: no solution; change ν or γ") }
    let count = Int(found.l)
    return SupportVectors(
      indices: (0..<count).map { Int(numbers[$0]) - 1 },
      coefficients: (0..<count).map { weights[$0] }, rho: rho[0])
  }
}

/// What LIBSVM refused, in its own words.
public struct SupportVectorError: Error, CustomStringConvertible {
  /// One line for the user.
  public let description: String
}
