import AnomalyDetection
import CLibSVM
import Synchronization
import Tensors

/// What LIBSVM finds: which vectors bound the region, with what weight, and where it ends.
struct SupportVectors {
  let indices: [Int]
  let coefficients: [Double]
  let rho: Double

  /// The memory that LIBSVM may use for rows of the kernel, in MB.
  private static let cache = 1000.0

  /// Solves the one-class problem for vectors count × dimension.
  init(of vectors: Tensor, nu: Double, gamma: Double, _ run: TrainingRun) throws {
    let (count, dimension) = (vectors.shape[0], vectors.shape[1])
    // A row of LIBSVM is a list of numbered components that ends with the number -1.
    var nodes: [svm_node] = []
    nodes.reserveCapacity(count * (dimension + 1))
    let values = try vectors.doubles()
    for row in 0..<count {
      for column in 0..<dimension {
        nodes.append(svm_node(index: Int32(column + 1), value: values[row * dimension + column]))
      }
      nodes.append(svm_node(index: -1, value: 0))
    }
    var labels = [Double](repeating: 1, count: count)
    var parameters = svm_parameter()
    parameters.svm_type = Int32(ONE_CLASS)
    parameters.kernel_type = Int32(RBF)
    (parameters.nu, parameters.gamma) = (nu, gamma)
    (parameters.cache_size, parameters.eps, parameters.shrinking) = (Self.cache, 1e-3, 1)
    let solved = try nodes.withUnsafeMutableBufferPointer { nodes in
      var rows = (0..<count).map { nodes.baseAddress?.advanced(by: $0 * (dimension + 1)) }
      return try rows.withUnsafeMutableBufferPointer { rows in
        try labels.withUnsafeMutableBufferPointer { labels in
          var problem = svm_problem(l: Int32(count), y: labels.baseAddress, x: rows.baseAddress)
          return try Self.solve(&problem, &parameters, run)
        }
      }
    }
    (indices, coefficients, rho) = (solved.indices, solved.coefficients, solved.rho)
    try run.report("fitting the support vectors", step: count, of: count)
  }

  private static func solve(
    _ problem: inout svm_problem, _ parameters: inout svm_parameter, _ run: TrainingRun
  ) throws -> (indices: [Int], coefficients: [Double], rho: Double) {
    if let complaint = svm_check_parameter(&problem, &parameters) {
      throw SupportVectorError(description: "LIBSVM: \(String(cString: complaint))")
    }
    Self.show(run, rows: Int(problem.l))
    defer { listener.withLock { $0 = nil } }
    var model = svm_train(&problem, &parameters)
    defer { svm_free_and_destroy_model(&model) }
    guard let found = model?.pointee, let weights = found.sv_coef?[0], let rho = found.rho,
      let numbers = found.sv_indices
    else { throw SupportVectorError(description: "LIBSVM: no solution; change ν or γ") }
    let count = Int(found.l)
    return (
      (0..<count).map { Int(numbers[$0]) - 1 }, (0..<count).map { weights[$0] }, rho[0]
    )
  }

  // LIBSVM reports to one function of the process: a dot for each thousand iterations.
  private static let listener = Mutex<(@Sendable () -> Void)?>(nil)

  private static func show(_ run: TrainingRun, rows: Int) {
    let dots = Mutex(0)
    listener.withLock { listener in
      listener = {
        let done = dots.withLock { dots in
          dots += 1
          return dots * 1000
        }
        // The number of iterations is not known beforehand, but is about that of the rows.
        run.progress(
          TrainingRun.Progress(
            phase: "fitting the support vectors", step: min(done, rows - 1), steps: rows,
            figures: [("iterations", Double(done))]))
      }
    }
    svm_set_print_string_function { text in
      guard let text, text.pointee == UInt8(ascii: ".") else { return }
      SupportVectors.listener.withLock { $0 }?()
    }
  }
}

/// What LIBSVM refused, in its own words.
public struct SupportVectorError: Error, CustomStringConvertible {
  /// One line for the user.
  public let description: String
}
